import type { MessageType } from '@protobuf-ts/runtime';
import { Data } from '../../generated/peers/protobuf-ts/common/common';
import {
  EtcdStatusResponse,
  MemoryResponse,
  ProcessesResponse,
  ServiceListResponse,
  VersionResponse,
} from '../../generated/peers/protobuf-ts/machine/machine';
import type { Codec, Codecs } from './codec.js';

const codec = <T extends object>(type: MessageType<T>): Codec => ({
  decode: (bytes) => type.fromBinary(bytes),
  encode: (message) => type.toBinary(message),
});

export const codecs: Codecs = {
  Version: codec(VersionResponse),
  ServiceList: codec(ServiceListResponse),
  Processes: codec(ProcessesResponse),
  EtcdStatus: codec(EtcdStatusResponse),
  Memory: codec(MemoryResponse),
  Data: codec(Data),
};

import { Data } from '../../generated/peers/ts-proto/common/common.js';
import {
  EtcdStatusResponse,
  MemoryResponse,
  ProcessesResponse,
  ServiceListResponse,
  VersionResponse,
} from '../../generated/peers/ts-proto/machine/machine.js';
import type { Codec, Codecs } from './codec.js';

interface MessageFunctions<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
}

const codec = <T>({ encode, decode }: MessageFunctions<T>): Codec => ({
  decode: (bytes) => decode(bytes),
  encode: (message) => encode(message).finish(),
});

export const codecs: Codecs = {
  Version: codec(VersionResponse),
  ServiceList: codec(ServiceListResponse),
  Processes: codec(ProcessesResponse),
  EtcdStatus: codec(EtcdStatusResponse),
  Memory: codec(MemoryResponse),
  Data: codec(Data),
};

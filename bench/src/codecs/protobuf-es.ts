import { type DescMessage, fromBinary, toBinary } from '@bufbuild/protobuf';
import { DataSchema } from '../../generated/peers/protobuf-es/common/common_pb.js';
import {
  EtcdStatusResponseSchema,
  MemoryResponseSchema,
  ProcessesResponseSchema,
  ServiceListResponseSchema,
  VersionResponseSchema,
} from '../../generated/peers/protobuf-es/machine/machine_pb.js';
import type { Codec, Codecs } from './codec.js';

const codec = (schema: DescMessage): Codec => ({
  decode: (bytes) => fromBinary(schema, bytes),
  encode: (message) => toBinary(schema, message),
});

export const codecs: Codecs = {
  Version: codec(VersionResponseSchema),
  ServiceList: codec(ServiceListResponseSchema),
  Processes: codec(ProcessesResponseSchema),
  EtcdStatus: codec(EtcdStatusResponseSchema),
  Memory: codec(MemoryResponseSchema),
  Data: codec(DataSchema),
};

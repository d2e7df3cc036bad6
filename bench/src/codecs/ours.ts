import { decodeEtcdStatusResponse } from '../../../generated/messages/etcd.js';
import { decodeServiceListResponse } from '../../../generated/messages/services.js';
import { decodeData, encodeData } from '../../../generated/messages/shared.js';
import {
  decodeMemoryResponse,
  decodeProcessesResponse,
  decodeVersionResponse,
} from '../../../generated/messages/system.js';
import { type Decode, type Encode, fromBytes, toBytes } from '../../../src/runtime/codec.js';
import { encodeEtcdStatusResponse } from '../../../testkit/generated/etcd.js';
import { encodeServiceListResponse } from '../../../testkit/generated/services.js';
import {
  encodeMemoryResponse,
  encodeProcessesResponse,
  encodeVersionResponse,
} from '../../../testkit/generated/system.js';
import type { Codec, Codecs } from './codec.js';

// The testkit's half stands on the built package for the compiler, and on the sources when it runs.
type Written = (writer: never, message: never) => void;

// biome-ignore lint/suspicious/noExplicitAny: the types of any message fit.
const codec = (decode: Decode<any>, encode: Written): Codec => ({
  decode: (bytes) => fromBytes(decode, bytes),
  // biome-ignore lint/suspicious/noExplicitAny: the types of any message fit.
  encode: (message) => toBytes(encode as Encode<any>, message),
});

export const codecs: Codecs = {
  Version: codec(decodeVersionResponse, encodeVersionResponse),
  ServiceList: codec(decodeServiceListResponse, encodeServiceListResponse),
  Processes: codec(decodeProcessesResponse, encodeProcessesResponse),
  EtcdStatus: codec(decodeEtcdStatusResponse, encodeEtcdStatusResponse),
  Memory: codec(decodeMemoryResponse, encodeMemoryResponse),
  Data: codec(decodeData, encodeData),
};

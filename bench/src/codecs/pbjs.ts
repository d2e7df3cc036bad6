import { common, machine } from '../../generated/peers/pbjs/contract.js';
import type { Codec, Codecs } from './codec.js';

interface MessageClass {
  // biome-ignore lint/suspicious/noExplicitAny: pbjs writes its types into a file of its own.
  encode(message: any): { finish(): Uint8Array };
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  decode(bytes: Uint8Array): any;
}

const codec = (message: MessageClass): Codec => ({
  decode: (bytes) => message.decode(bytes),
  encode: (value) => message.encode(value).finish(),
});

export const codecs: Codecs = {
  Version: codec(machine.VersionResponse),
  ServiceList: codec(machine.ServiceListResponse),
  Processes: codec(machine.ProcessesResponse),
  EtcdStatus: codec(machine.EtcdStatusResponse),
  Memory: codec(machine.MemoryResponse),
  Data: codec(common.Data),
};

import { BULK_CHUNK, PROCESSES, type SampleName } from '../samples.js';

/** One library's codec of one message. */
export interface Codec {
  // biome-ignore lint/suspicious/noExplicitAny: each library has its own type of the message.
  decode(bytes: Uint8Array): any;
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  encode(message: any): Uint8Array;
}

/** What a codec contender's module exports. */
export type Codecs = Readonly<Record<SampleName, Codec>>;

/** A field of each sample that is easily lost, and what is due there. */
// biome-ignore lint/suspicious/noExplicitAny: each library has its own type of the message.
const proofs: Readonly<Record<SampleName, readonly [(message: any) => unknown, string]>> = {
  Version: [({ messages: [entry] }) => entry.version.tag, 'v1.14.0'],
  ServiceList: [
    ({ messages: [entry] }) => entry.services.at(-1).events.events.at(-1).ts.nanos,
    '417203518',
  ],
  Processes: [({ messages: [entry] }) => entry.processes.at(-1).pid, `${PROCESSES}`],
  EtcdStatus: [({ messages: [entry] }) => entry.memberStatus.memberId, '10501334649042878790'],
  Memory: [({ messages: [entry] }) => entry.meminfo.vmalloctotal, '34359738367'],
  Data: [({ bytes }) => bytes.length, `${BULK_CHUNK}`],
};

/** Fails unless a decoded sample holds what the sample says. */
export function checkMessage(name: SampleName, message: unknown): void {
  const [read, expected] = proofs[name];
  const actual = String(read(message));
  if (actual !== expected) {
    throw new Error(`wrong value in ${name}: ${actual} where ${expected} is due`);
  }
}

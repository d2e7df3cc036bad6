import { type Codecs, checkMessage } from './codecs/codec.js';
import { measure } from './measure.js';
import { readSample, type SampleName } from './samples.js';

/** Asks for a slice of one codec's work. */
export interface CodecOrder {
  readonly sample: SampleName;
  readonly direction: 'decode' | 'encode';
  readonly count: number;
}

const codecUrl = new URL(`./codec-${process.argv[2]}.js`, import.meta.url).href;
const { codecs }: { readonly codecs: Codecs } = await import(codecUrl);

/**
 * Gives each string in `message` memory of its own. Some decoders hand out parts of a longer string,
 * which is slower to read from; what applications encode are strings of their own.
 */
function ownStrings(message: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(message)) {
    if (typeof value === 'string') message[key] = Buffer.from(value).toString();
    else if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
      ownStrings(value as Record<string, unknown>);
    }
  }
}

/** Keeps results alive, so that no call can be left out. */
let last: unknown;

process.on('message', async ({ sample, direction, count }: CodecOrder) => {
  const bytes = readSample(sample);
  const codec = codecs[sample];
  const message = codec.decode(bytes);
  checkMessage(sample, message);
  if (!bytes.equals(codec.encode(message))) {
    throw new Error(`${process.argv[2]} encodes ${sample} to other bytes`);
  }
  ownStrings(message);
  const cost = await measure(() => {
    if (direction === 'decode') {
      for (let left = count; left > 0; left -= 1) last = codec.decode(bytes);
    } else {
      for (let left = count; left > 0; left -= 1) last = codec.encode(message);
    }
  });
  if (last === undefined) throw new Error('nothing was done');
  process.send?.(cost);
});

process.on('disconnect', () => process.exit());

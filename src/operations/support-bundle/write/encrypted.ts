import { TalosConfigError } from '../../../runtime/errors/config-error.js';
import type { ZipSink } from '../zip/zip-writer.js';

/** The part of the package `age-encryption` that is used. */
interface AgeModule {
  readonly Encrypter: new () => {
    addRecipient(recipient: string): void;
    encrypt(file: ReadableStream<Uint8Array>): Promise<ReadableStream<Uint8Array>>;
  };
}

/** A sink that has to be ended. */
export interface EndedSink extends ZipSink {
  end(): Promise<void>;
}

/** Makes a sink that encrypts what is written to it. */
export type Encrypt = (sink: ZipSink) => Promise<EndedSink>;

/**
 * Encrypts what is written with age, for the given recipients.
 *
 * @throws {TalosConfigError} when `age-encryption` is missing, or does not take a recipient
 */
export async function encrypting(recipients: readonly string[]): Promise<Encrypt> {
  const { Encrypter } = await age();
  const encrypter = new Encrypter();
  for (const [index, recipient] of recipients.entries()) {
    try {
      encrypter.addRecipient(recipient);
    } catch (cause) {
      throw new TalosConfigError(
        `supportBundle: recipients[${index}]: expected a recipient of age such as age1…; keys of SSH are none`,
        { field: `recipients[${index}]` },
        { cause },
      );
    }
  }
  return async (sink) => encrypted(sink, encrypter);
}

function encrypted(sink: ZipSink, encrypter: InstanceType<AgeModule['Encrypter']>): EndedSink {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const written = encrypter
    .encrypt(readable)
    .then(async (stream) => {
      for await (const chunk of stream) await sink.write(chunk);
    })
    .catch(async (error: unknown) => {
      // Whoever writes is told as well, and does not wait for a reader.
      await writer.abort(error).catch(() => {});
      throw error;
    });
  written.catch(() => {});
  return {
    async write(bytes) {
      await Promise.race([writer.ready, written]);
      await writer.write(bytes);
    },
    async end() {
      await writer.close();
      await written;
    },
  };
}

async function age(): Promise<AgeModule> {
  // Not the name itself: bundlers would look for a package that most programs do not need.
  const name = 'age-encryption';
  try {
    return (await import(/* webpackIgnore: true */ /* @vite-ignore */ name)) as AgeModule;
  } catch (cause) {
    throw new TalosConfigError(
      `supportBundle: recipients: the package ${name} is missing, which encrypts; npm install ${name}`,
      { field: 'recipients' },
      { cause },
    );
  }
}

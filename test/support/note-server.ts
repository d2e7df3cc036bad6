import {
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerOptions,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { type Authority, createAuthority, type Issued } from '../../src/pki/index.js';
import { fromBytes, toBytes } from '../../src/runtime/codec.js';
import { type Credentials, mtls } from '../../src/runtime/credentials/index.js';
import { decodeNote, encodeNote, type Note } from './note-methods.js';

/** A CA with a server and a client certificate, made once per test file. */
export interface Trust {
  readonly authority: Authority;
  readonly server: Issued;
  readonly client: Issued;
  readonly credentials: Credentials;
}

export async function createTrust(roles: readonly string[] = ['os:admin']): Promise<Trust> {
  const authority = createAuthority();
  const server = authority.issueServer({ names: ['127.0.0.1', '::1', 'localhost'] });
  const client = authority.issueClient({ roles });
  const credentials = mtls({ ca: authority.cert, cert: client.cert, key: client.key });
  return { authority, server, client, credentials };
}

/** What a server of notes does; what is left out is answered with an echo. */
export interface NoteHandlers {
  read?(call: ServerUnaryCall<Note, Note>, reply: sendUnaryData<Note>): void;
  follow?(call: ServerWritableStream<Note, Note>): void;
  upload?(call: ServerReadableStream<Note, Note>, reply: sendUnaryData<Note>): void;
  talk?(call: ServerDuplexStream<Note, Note>): void;
}

export interface NoteServer {
  readonly address: string;
  readonly port: number;
  /** Drops all connections at once. */
  stop(): void;
}

const codec = {
  requestSerialize: (note: Note) => Buffer.from(toBytes(encodeNote, note)),
  requestDeserialize: (bytes: Buffer) => fromBytes(decodeNote, bytes),
  responseSerialize: (note: Note) => Buffer.from(toBytes(encodeNote, note)),
  responseDeserialize: (bytes: Buffer) => fromBytes(decodeNote, bytes),
};

/** The test RPCs as grpc-js' server takes them. */
export const noteService = {
  read: { path: '/test.NoteService/Read', requestStream: false, responseStream: false, ...codec },
  follow: {
    path: '/test.NoteService/Follow',
    requestStream: false,
    responseStream: true,
    ...codec,
  },
  upload: {
    path: '/test.NoteService/Upload',
    requestStream: true,
    responseStream: false,
    ...codec,
  },
  talk: { path: '/test.NoteService/Talk', requestStream: true, responseStream: true, ...codec },
};

export const echoNote: handleUnaryCall<Note, Note> = ({ request }, reply) => reply(null, request);

const echoes = {
  read: echoNote,
  follow(call: ServerWritableStream<Note, Note>) {
    call.write(call.request);
    call.end();
  },
  upload(call: ServerReadableStream<Note, Note>, reply: sendUnaryData<Note>) {
    const texts: string[] = [];
    call.on('data', (note: Note) => texts.push(note.text));
    call.on('end', () => reply(null, { text: texts.join(' ') }));
  },
  talk(call: ServerDuplexStream<Note, Note>) {
    call.on('data', (note: Note) => call.write(note));
    call.on('end', () => call.end());
  },
};

/** Starts a grpc-js server over mTLS on loopback; without `trust`, over plain TCP. */
export async function startNoteServer(
  trust: Trust | undefined,
  handlers: NoteHandlers = {},
  { port = 0, host = '127.0.0.1', options = {} as ServerOptions } = {},
): Promise<NoteServer> {
  const server = new Server({ 'grpc.max_receive_message_length': -1, ...options });
  server.addService(noteService, { ...echoes, ...handlers });
  const credentials =
    trust === undefined
      ? ServerCredentials.createInsecure()
      : ServerCredentials.createSsl(
          Buffer.from(trust.authority.cert),
          [
            {
              cert_chain: Buffer.from(trust.server.cert),
              private_key: Buffer.from(trust.server.pkcs8Key),
            },
          ],
          true,
        );
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, credentials, (error, actual) =>
      error === null ? resolve(actual) : reject(error),
    );
  });
  return {
    address: `${host}:${bound}`,
    port: bound,
    stop: () => server.forceShutdown(),
  };
}

/** A failure for a handler to reply with. */
export function failure(code: number, details: string, trailers: Record<string, string> = {}) {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(trailers)) metadata.add(name, value);
  return { code, details, metadata };
}

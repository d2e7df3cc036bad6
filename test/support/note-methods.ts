import type { Init } from '../../src/runtime/codec.js';
import type { Method, MethodKind } from '../../src/runtime/method.js';
import { type Reader, readTag, skipField } from '../../src/runtime/protobuf/reader.js';
import { readString } from '../../src/runtime/protobuf/text.js';
import { type Writer, writeString } from '../../src/runtime/protobuf/writer.js';

/** The message of all test RPCs: one string. */
export interface Note {
  text: string;
}

export function encodeNote(writer: Writer, { text }: Init<Note>): void {
  if (text) writeString(writer, 10, text, 'text');
}

export function decodeNote(reader: Reader, end: number): Note {
  const note: Note = { text: '' };
  while (reader.pos < end) {
    const tag = readTag(reader);
    if (tag >>> 3 === 1) note.text = readString(reader, tag);
    else skipField(reader, tag);
  }
  return note;
}

/** The facts of a test RPC, to be changed as a test needs. */
export function noteMethod<Kind extends MethodKind>(
  kind: Kind,
  facts: Partial<Method<Kind, Note, Note>> = {},
): Method<Kind, Note, Note> {
  const names = {
    unary: 'Read',
    'server-stream': 'Follow',
    'client-stream': 'Upload',
    duplex: 'Talk',
  };
  return {
    path: `/test.NoteService/${names[kind]}`,
    kind,
    idempotency: 'read',
    roles: ['os:admin', 'os:reader'],
    since: '1.6',
    unwrap: 'none',
    encode: encodeNote,
    decode: decodeNote,
    ...facts,
  };
}

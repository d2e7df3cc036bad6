import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

/** Writes a message in front of what the writer holds. Generated as `encode…`. */
export type Encode<T> = (writer: Writer, message: T) => void;

/** Reads a message up to `end`, into `into` when the field came before. Generated as `decode…`. */
export type Decode<T> = (reader: Reader, end: number, into?: T) => T;

import {
  closeMessage,
  keepField,
  openMessage,
  type Reader,
  readBytes,
  readString,
  readTag,
  type Writer,
  writeString,
} from 'talos-client/wire';

/** What a client sends to register a key. */
export interface RegisterRequest {
  pgpData: Uint8Array;
  email: string;
}

/** Reads an `auth.RegisterPublicKeyRequest`. */
export function decodeRegisterRequest(reader: Reader, end: number): RegisterRequest {
  const message: RegisterRequest = { pgpData: new Uint8Array(), email: '' };
  while (reader.pos < end) {
    const tag = readTag(reader);
    const field = tag >>> 3;
    if (field !== 1 && field !== 2) {
      keepField(reader, tag, message);
      continue;
    }
    const inner = openMessage(reader, tag);
    while (reader.pos < inner) {
      const own = readTag(reader);
      if (own >>> 3 !== 1) keepField(reader, own, message);
      else if (field === 1) message.pgpData = readBytes(reader, own);
      else message.email = readString(reader, own);
    }
    closeMessage(reader, inner);
  }
  closeMessage(reader, end);
  return message;
}

/** Reads a message whose field 1 is the id of a key, as three of the service's requests are. */
export function decodeKeyId(reader: Reader, end: number): { id: string } {
  const message = { id: '' };
  while (reader.pos < end) {
    const tag = readTag(reader);
    if (tag >>> 3 === 1) message.id = readString(reader, tag);
    else keepField(reader, tag, message);
  }
  closeMessage(reader, end);
  return message;
}

/** Writes an `auth.RegisterPublicKeyResponse`. */
export function encodeRegisterResponse(
  writer: Writer,
  { url, id }: { readonly url: string; readonly id: string },
): void {
  writeString(writer, 18, id, 'id');
  writeString(writer, 10, url, 'url');
}

import type { Method } from '../../runtime/method.js';
import { closeMessage, type Reader, readTag } from '../../runtime/protobuf/reader.js';
import { readString } from '../../runtime/protobuf/text.js';
import { keepField } from '../../runtime/protobuf/unknown.js';
import {
  closeLength,
  openLength,
  type Writer,
  writeBytes,
  writeString,
} from '../../runtime/protobuf/writer.js';

/** Request of `RegisterPublicKey`. */
export interface RegisterPublicKeyRequest {
  /** The armored public key. */
  readonly pgpData: Uint8Array;
  /** The user that the key is for. */
  readonly email: string;
}

/** Reply of `RegisterPublicKey`. */
export interface RegisterPublicKeyResponse {
  /** Where the user confirms the key. */
  loginUrl: string;
  /** The fingerprint of the key. */
  publicKeyId: string;
}

/** Request of `AwaitPublicKeyConfirmation`. */
export interface AwaitPublicKeyConfirmationRequest {
  /** The fingerprint of the key. */
  readonly publicKeyId: string;
}

/**
 * The service with which Omni takes new keys. Its messages are not in the contract of Talos; field
 * numbers are those of `auth.proto` in siderolabs/go-api-signature.
 */
export interface AuthMethods {
  readonly registerPublicKey: Method<'unary', RegisterPublicKeyRequest, RegisterPublicKeyResponse>;
  readonly awaitPublicKeyConfirmation: Method<'unary', AwaitPublicKeyConfirmationRequest, void>;
}

export const authMethods: AuthMethods = {
  registerPublicKey: {
    path: '/auth.AuthService/RegisterPublicKey',
    kind: 'unary',
    idempotency: 'idempotent',
    roles: [],
    since: '1.6',
    unwrap: 'none',
    encode: encodeRegisterPublicKeyRequest,
    decode: decodeRegisterPublicKeyResponse,
  },
  awaitPublicKeyConfirmation: {
    path: '/auth.AuthService/AwaitPublicKeyConfirmation',
    kind: 'unary',
    idempotency: 'read',
    timeoutMs: 'none',
    roles: [],
    since: '1.6',
    unwrap: 'empty',
    encode: encodeAwaitPublicKeyConfirmationRequest,
    decode: decodeNothing,
  },
};

function encodeRegisterPublicKeyRequest(
  writer: Writer,
  { pgpData, email }: RegisterPublicKeyRequest,
): void {
  const identity = openLength(writer);
  writeString(writer, 10, email, 'email');
  closeLength(writer, 18, identity);
  const key = openLength(writer);
  writeBytes(writer, 10, pgpData, 'pgpData');
  closeLength(writer, 10, key);
}

function decodeRegisterPublicKeyResponse(
  reader: Reader,
  end: number,
  into?: RegisterPublicKeyResponse,
): RegisterPublicKeyResponse {
  const message = into ?? { loginUrl: '', publicKeyId: '' };
  while (reader.pos < end) {
    const tag = readTag(reader);
    switch (tag >>> 3) {
      case 1:
        message.loginUrl = readString(reader, tag);
        break;
      case 2:
        message.publicKeyId = readString(reader, tag);
        break;
      default:
        keepField(reader, tag, message);
    }
  }
  closeMessage(reader, end);
  return message;
}

function encodeAwaitPublicKeyConfirmationRequest(
  writer: Writer,
  { publicKeyId }: AwaitPublicKeyConfirmationRequest,
): void {
  writeString(writer, 10, publicKeyId, 'publicKeyId');
}

function decodeNothing(reader: Reader, end: number): object {
  const message = {};
  while (reader.pos < end) keepField(reader, readTag(reader), message);
  closeMessage(reader, end);
  return message;
}

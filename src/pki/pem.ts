/** A PEM text with one block, in lines of 64 characters. */
export function toPem(label: string, bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  const lines = btoa(binary).match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

/** A block of a PEM text. */
export interface PemBlock {
  /** What it says it is, such as `CERTIFICATE`. */
  readonly label: string;
  readonly bytes: Uint8Array;
}

/**
 * The first block of a PEM text.
 *
 * @throws when there is none. The message quotes nothing of the text.
 */
export function fromPem(text: string): PemBlock {
  const found = /-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----/.exec(text);
  const [, label, body] = found ?? [];
  if (label === undefined || body === undefined) throw new Error('there is no PEM block');
  return { label, bytes: Uint8Array.from(decodeBase64(body), (char) => char.charCodeAt(0)) };
}

function decodeBase64(body: string): string {
  try {
    return atob(body.replace(/\s/g, ''));
  } catch {
    throw new Error('the PEM block is damaged');
  }
}

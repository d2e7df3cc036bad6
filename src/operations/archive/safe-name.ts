/** The parts of a name that is safe, or why it is not. */
export type SafeName = { readonly parts: readonly string[] } | { readonly problem: string };

/** The longest path that Linux takes, in bytes. */
const LONGEST_PATH = 4095;
const DEEPEST = 128;

/**
 * The parts of a name in an archive, if it names something below the folder that the archive is unpacked
 * to, and not the folder itself. The name is checked as it stands, and nothing is corrected in it but `.`
 * and slashes without a meaning.
 */
export function safeName(name: Uint8Array, platform: NodeJS.Platform = process.platform): SafeName {
  if (name.length > LONGEST_PATH) return { problem: 'its name is too long' };
  if (name.includes(0)) return { problem: 'its name has a zero byte' };
  const text = decoded(name);
  if (text === undefined) return { problem: 'its name is not UTF-8' };
  if (text.startsWith('/')) return { problem: 'its name is absolute' };
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) return { problem: 'its name leads out of the folder' };
  if (parts.length === 0) return { problem: 'it has no name' };
  if (parts.length > DEEPEST) return { problem: 'it lies too deep' };
  if (platform === 'win32' && !parts.every(isWindowsName)) {
    return { problem: 'Windows has no such names' };
  }
  return { parts };
}

/**
 * Why a symbolic link may not be made; nothing when it may. A link may lead to what is below the folder:
 * its steps up have to come first, so that they go through folders and not through other links, and there
 * may be no more of them than there are folders above it.
 *
 * @param depth how many folders of the archive the link lies in
 */
export function linkProblem(target: Uint8Array, depth: number): string | undefined {
  if (target.length > LONGEST_PATH) return 'where it leads is too long';
  const text = decoded(target);
  if (target.includes(0) || text === undefined || text === '') return 'it leads nowhere';
  if (text.startsWith('/') || text.includes('\\')) return 'it leads out of the folder';
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  const down = parts.findIndex((part) => part !== '..');
  const up = down === -1 ? parts.length : down;
  return up > depth || parts.slice(up).includes('..') ? 'it leads out of the folder' : undefined;
}

/** A name as a person may see it: cut, and without signs that move a cursor. */
export function shownName(name: Uint8Array): string {
  const text = Buffer.from(name.subarray(0, LONGEST_SHOWN)).toString('utf8');
  const plain = text.replace(/[\p{Cc}\p{Cf}]/gu, '\ufffd');
  return name.length > LONGEST_SHOWN ? `${plain}…` : plain;
}

const LONGEST_SHOWN = 256;

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Windows gives some names and signs a meaning of their own, such as `C:`, `a:b` and `NUL`. */
function isWindowsName(part: string): boolean {
  return (
    // biome-ignore lint/suspicious/noControlCharactersInRegex: Windows refuses them in names
    !/[\x00-\x1f<>:"\\|?*]|[. ]$/.test(part) &&
    !/^(?:con|prn|aux|nul|conin\$|conout\$|com[\d¹²³]|lpt[\d¹²³])(?:\..*)?$/i.test(part)
  );
}

/** Whether `text` names a release as Talos does: `v1.14.0` or `v1.14.0-rc.1`. */
export function isRelease(text: string): boolean {
  return /^v\d+\.\d+\.\d+(-[\w.]+)?$/.test(text);
}

/** Whether a release such as `v1.14.0-rc.1` is at least `since`, such as `1.13`. */
export function supports(talosVersion: string, since: string): boolean {
  const [major, minor] = parts(talosVersion);
  const [needMajor, needMinor] = parts(since);
  return major > needMajor || (major === needMajor && minor >= needMinor);
}

function parts(version: string): [major: number, minor: number] {
  const match = /^v?(\d+)\.(\d+)/.exec(version);
  if (match === null) {
    throw new RangeError(`${JSON.stringify(version)} is no Talos version such as v1.14.0`);
  }
  return [Number(match[1]), Number(match[2])];
}

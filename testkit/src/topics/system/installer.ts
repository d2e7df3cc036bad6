/** The release that an installer image holds, by its tag; absent when it names none. */
export function installerVersion(image: string): string | undefined {
  const [reference = ''] = image.split('@');
  return /:(v\d+\.\d+\.\d+[0-9A-Za-z.-]*)$/.exec(reference)?.[1];
}

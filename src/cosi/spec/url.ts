/**
 * The text of a URL from its parts as Go's YAML has them: `scheme`, `opaque`, `host`, `path`,
 * `rawpath`, `rawquery`, `fragment`, `rawfragment`, `forcequery`. Name and password are not among them.
 */
export function urlText(parts: Readonly<Record<string, string>>): string {
  const part = (name: string) => parts[name] ?? '';
  const scheme = part('scheme') === '' ? '' : `${part('scheme')}:`;
  const query =
    part('rawquery') !== '' || part('forcequery') === 'true' ? `?${part('rawquery')}` : '';
  const fragment = part('rawfragment') === '' ? escaped(part('fragment')) : part('rawfragment');
  const end = `${query}${fragment === '' ? '' : `#${fragment}`}`;
  if (part('opaque') !== '') return `${scheme}${part('opaque')}${end}`;
  const path = part('rawpath') === '' ? escaped(part('path')) : part('rawpath');
  const hasHost =
    part('host') !== '' || (part('scheme') !== '' && path !== '' && part('omithost') !== 'true');
  const slash = part('host') !== '' && path !== '' && !path.startsWith('/') ? '/' : '';
  return `${scheme}${hasHost ? '//' : ''}${part('host')}${slash}${path}${end}`;
}

/** What may not stand in a path is escaped. */
function escaped(text: string): string {
  return text.replace(/[^\w.~$&+,/:;=@!'()*-]+/gu, (unsafe) => encodeURIComponent(unsafe));
}

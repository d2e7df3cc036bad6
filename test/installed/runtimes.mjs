import { join } from 'node:path';
import { says } from './process.mjs';

const carriers = ['grpc-js', 'http2'];

/** The same programs in each runtime. */
export function runtimeChecks({ app, tools, cluster }) {
  const nodes = ['20', '22', '24', '26'].map((version) => ({
    name: `Node ${version}`,
    command: join(tools, `node-${version}/bin/node`),
    before: [],
    runsTestkit: true,
    carriers,
  }));
  const others = [
    {
      name: 'Bun',
      command: join(tools, '@oven/bun-linux-x64/bin/bun'),
      before: ['run'],
      carriers,
    },
    {
      name: 'Deno',
      command: join(tools, '@deno/linux-x64-glibc/deno'),
      before: ['run', '--allow-all', '--no-prompt'],
      // Its HTTP/2 cannot take over a socket, which grpc-js needs.
      carriers: ['http2'],
      refuses: 'grpc-js',
    },
  ];
  const { talosconfig, nodes: addresses } = cluster;
  return [...nodes, ...others].flatMap(
    ({ name, command, before, runsTestkit, carriers, refuses }) => [
      ...carriers.flatMap((carrier) => [
        {
          name: `${name}: calls and streams over ${carrier}`,
          check: says(
            'smoke ok',
            command,
            [...before, 'smoke.mjs', carrier, talosconfig, ...addresses],
            { cwd: app },
          ),
        },
        {
          name: `${name}: the CommonJS build over ${carrier}`,
          check: says(
            'smoke ok',
            command,
            [...before, 'smoke.cjs', carrier, talosconfig, addresses[0]],
            { cwd: app },
          ),
        },
      ]),
      ...(refuses === undefined
        ? []
        : [
            {
              name: `${name}: a client over ${refuses} is refused, with what to do`,
              check: says(
                'caught config grpc-js does not work in Deno',
                command,
                [...before, 'refused.mjs', talosconfig],
                { cwd: app },
              ),
            },
          ]),
      ...(runsTestkit
        ? [
            {
              name: `${name}: the testkit, in memory and over TLS`,
              check: says('testkit ok', command, [...before, 'testkit.mjs'], { cwd: app }),
            },
          ]
        : []),
    ],
  );
}

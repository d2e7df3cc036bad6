import { afterAll, describe, expect, inject, it } from 'vitest';
import { system } from '../../../generated/features/system.js';
import { createTalosClient, plaintext } from '../../../src/http2.js';
import { Peer } from '../support/peer.js';

interface Case {
  readonly section: string;
  readonly title: string;
  readonly requirement: string;
}

interface Verdict {
  readonly passed: boolean;
  readonly expected: readonly string[] | null;
  readonly actual: string;
}

const h2spec = new Peer(inject('interopProgram'), ['spec']);
afterAll(() => h2spec[Symbol.asyncDispose]());
const cases = (await h2spec.do({ do: 'list' }).ended) as Case[];

/**
 * Whether a case sends frames on a stream that is over. They are dropped here, since they may have
 * crossed what ended the stream (RFC 9113, section 5.1). The case accepts that the client leaves.
 */
const isOver = ({ section, title }: Case) =>
  title.startsWith('closed: ') || (section === '6.1' && title.includes('not in "open"'));

/**
 * Makes a call to the server of a case. Stays connected until the case has its verdict, so that
 * leaving is not taken for an answer; but see `isOver`.
 */
async function play(index: number): Promise<Verdict> {
  let call: Promise<unknown> | undefined;
  const verdict = h2spec.do(
    { do: 'run', case: index },
    {
      onItem: (port) => {
        call = (async () => {
          const talos = createTalosClient({
            endpoints: [`127.0.0.1:${port}`],
            credentials: plaintext(),
            timeoutMs: 60_000,
            // A repeat would be a stream that no case expects.
            retry: false,
          });
          const version = system(talos)
            .version()
            .catch(() => {}); // no case answers it
          await (isOver(cases[index] as Case) ? version : verdict.ended);
          await talos.close();
        })();
      },
    },
  );
  const judged = (await verdict.ended) as Verdict;
  await call;
  return judged;
}

describe('the cases of h2spec for clients', () => {
  it('are all there', () => {
    expect(cases).toHaveLength(57);
  });

  it.each(cases.map((entry, index) => ({ ...entry, index })))(
    'passes $section $title',
    async ({ index, requirement }) => {
      const { passed, expected, actual } = await play(index);
      // A connection that is closed while more arrives is reset by the system, which may take the
      // frames before it from the peer.
      const isClosed =
        expected?.some((text) => text.includes('Connection closed')) === true &&
        actual.includes('connection reset by peer');
      expect(
        passed || isClosed,
        `${requirement} Expected ${expected?.join(' or ')}, got ${actual}`,
      ).toBe(true);
    },
  );
});

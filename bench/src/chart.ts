import { goGoals } from './goals.js';
import type { Results } from './results.js';
import { type WorkloadName, workloads } from './workloads.js';

const WIDTH = 860;
const LEFT = 280;
const RIGHT = 30;
const TOP = 64;
const ROW = 40;
const BAR = 13;

/** The ends of the scale, which is logarithmic: half of Go's CPU is as far from it as twice. */
const LEAST = 1 / 8;
const MOST = 8;
const marks = [1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8];

const carriers = [
  { key: 'ours', label: 'over grpc-js', kind: 'other' },
  { key: 'ours-http2', label: 'over its own HTTP/2', kind: 'own' },
] as const;

/** Colours for light and dark surroundings; the background is theirs. */
const style = `<style>
text { fill: #1f2328; }
.quiet { fill: #59636e; }
.other { fill: #9aa5b1; }
.own { fill: #2563eb; }
.mark { stroke: #d8dee4; }
.go { stroke: #1f2328; }
.goal { stroke: #dc2626; stroke-width: 2; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; }
.quiet { fill: #9da7b3; }
.other { fill: #7d8590; }
.own { fill: #4f8ff7; }
.mark { stroke: #373e47; }
.go { stroke: #e6edf3; }
.goal { stroke: #ff7b72; }
}
</style>`;

/**
 * A chart of the calls beside the official Go client, as SVG: a bar for each carrier and workload, to
 * the left of Go where it costs less, and a mark at the goal.
 */
export function chart({ calls, machine, date, versions }: Results): string {
  const rows = Object.entries(calls ?? {}).filter(([, figures]) => figures.go !== undefined);
  const height = TOP + rows.length * ROW + 60;
  const bottom = TOP + rows.length * ROW;
  const parts = [
    style,
    text(LEFT, 24, 'CPU time of the client process, x the official Go client', 'font-weight="600"'),
    ...carriers.flatMap(({ label, kind }, index) => [
      `<rect class="${kind}" x="${LEFT + index * 150}" y="36" width="12" height="12"/>`,
      text(LEFT + index * 150 + 18, 46, label),
    ]),
    `<path class="goal" d="M${LEFT + 336} 34v16"/>`,
    text(LEFT + 344, 46, 'goal'),
    ...marks.flatMap((mark) => [
      `<path class="${mark === 1 ? 'go' : 'mark'}" d="M${at(mark)} ${TOP}V${bottom}"/>`,
      text(at(mark), bottom + 18, mark === 1 ? 'Go' : String(mark), 'text-anchor="middle"'),
    ]),
    ...rows.flatMap(([name, figures], index) => row(name as WorkloadName, figures, index)),
    text(LEFT, bottom + 44, `${machine}; Node ${versions.node}; ${date}`, 'class="quiet"'),
  ];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" ` +
    `font-family="sans-serif" font-size="13" role="img">\n` +
    `<title>CPU time beside the official Go client</title>\n${parts.join('\n')}\n</svg>\n`
  );
}

type Figures = NonNullable<Results['calls']>[string];

function row(name: WorkloadName, figures: Figures, index: number): string[] {
  const top = TOP + index * ROW;
  const goal = at(goGoals[name].limit);
  return [
    text(LEFT - 12, top + ROW / 2 + 4, workloads[name].title, 'text-anchor="end"'),
    ...carriers.flatMap(({ key, kind }, order) => {
      const ratio = figures[key]?.xGo?.ratio;
      return ratio === undefined ? [] : bar(ratio, kind, top + 6 + order * (BAR + 2));
    }),
    `<path class="goal" d="M${goal} ${top + 4}v${2 * BAR + 6}"/>`,
  ];
}

/** A bar from Go's place to `ratio`, with its figure at the end. */
function bar(ratio: number, kind: string, top: number): string[] {
  const [from, to] = [Math.min(at(1), at(ratio)), Math.max(at(1), at(ratio))];
  const side = ratio < 1 ? 'end' : 'start';
  return [
    `<rect class="${kind}" x="${from}" y="${top}" width="${(to - from).toFixed(1)}" height="${BAR}"/>`,
    text(at(ratio) + (ratio < 1 ? -5 : 5), top + 11, ratio.toFixed(2), `text-anchor="${side}"`),
  ];
}

/** Where a ratio is on the scale. */
function at(ratio: number): number {
  const within = Math.min(Math.max(ratio, LEAST), MOST);
  const share = Math.log(within / LEAST) / Math.log(MOST / LEAST);
  return Number((LEFT + share * (WIDTH - LEFT - RIGHT)).toFixed(1));
}

function text(x: number, y: number, content: string, more = ''): string {
  const safe = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x}" y="${y}" ${more}>${safe}</text>`;
}

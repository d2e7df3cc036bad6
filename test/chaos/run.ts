// Makes 100,000 calls (or as many as the first argument says) through three endpoints that fail all
// the while, and prints what became of them; then a tenth as many through endpoints that reach no
// node, and prints how many attempts they take. Exits with 1 where the promises of docs/retries.md are
// not kept. TALOS_CLIENT_CARRIER=http2 makes the calls over HTTP/2 framed here, not over grpc-js.
import { carrier } from '../support/carrier.js';
import { chaos, reportText } from './chaos.js';
import { dead } from './dead.js';

const calls = Number(process.argv[2] ?? 100_000);
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000);
const timeoutMs = 5000;
console.log(`${calls} calls over ${carrier}, seed ${seed}`);
const startedAt = performance.now();
const report = await chaos({
  carrier,
  calls,
  workers: 64,
  timeoutMs,
  pauseMs: [500, 3000],
  faultMs: [200, 1000],
  seed,
});
console.log(reportText(report, (performance.now() - startedAt) / 1000));
const { attempts, ratio, ...without } = await dead(calls / 10, 64, carrier);
console.log(
  `no node can be reached: ${without.calls} calls, ${attempts} attempts, ${ratio.toFixed(3)} for each`,
);
const kept =
  report.wrong.length === 0 &&
  ratio <= 1.1 &&
  report.readsFailed <= report.reads / 1000 &&
  // A timer may be late on a busy machine.
  report.longestMs < timeoutMs + 1000;
console.log(kept ? 'all promises were kept' : 'NOT all promises were kept');
process.exitCode = kept ? 0 : 1;

import fc from 'fast-check';

/**
 * Random cases are the same in every run, so that a run that fails can be repeated.
 * `TALOS_CLIENT_SEED=7 npm test` looks at others.
 */
fc.configureGlobal({ seed: Number(process.env.TALOS_CLIENT_SEED ?? 1) });

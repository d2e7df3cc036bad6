/**
 * A key that the official Go library made (lifetime 20 years, for tests only), and a signature by it
 * that the same library verified. Ed25519 is deterministic, so these bytes are the only right ones.
 */
export const vector = {
  fingerprint: '5e6ebe98ad6a6463b4c3ef7b2aa14c1313e0c6ee',
  /** Seconds since 1970. */
  createdAt: 1796005306,
  lifetimeSeconds: 0x25980600 >>> 0,
  identity: 'vector@example.com',
  payload:
    '{"headers":{"context":["demo"],"runtime":["Talos"],"x-sidero-timestamp":["1796005306"]},' +
    '"method":"/machine.MachineService/Version"}',
  signature:
    'wnUEABYIAB0FAmsM3boWIQRebr6YrWpkY7TD73sqoUwTE+DG7gAKCRAqoUwTE+DG7iRFAQDsiAYm/HMHjtU4RWOXBouL' +
    'WHNFtPD3MardEMAaWS611gD/etnxHqZRQRazZNIuKmths70VaHBaoxHUTTue8SOy+g0=',
  armored: `-----BEGIN PGP PRIVATE KEY BLOCK-----

xVgEawzduhYJKwYBBAHaRw8BAQdArNHo/fDJMRVEbrMLboDTknfjm5luf68WuDe2
B9GMRC0AAQCka24DV7JV8EWhOwq1PXcl2aGAb7aYbCbzEAGsRC6YlA4fzS90YWxv
cy1jbGllbnQgdGVzdCAodmVjdG9yKSA8dmVjdG9yQGV4YW1wbGUuY29tPsLACwQT
FggAfQWCawzdugWDJZgGAAWJJZgGAAMLCQcJECqhTBMT4MbuNRQAAAAAABwAEHNh
bHRAbm90YXRpb25zLm9wZW5wZ3Bqcy5vcmdZ86xcDH90MbPdBVp33zOsAhUIAxYA
AgIZAQKbAwIeARYhBF5uvpitamRjtMPveyqhTBMT4MbuAAAfOQD/Tzo2Ej9GmaWB
kSmjflw5tgw5/a21SWOlJLP9Y1cUWPsBAM77q0qxe04G+0tfzpf8I+HMQ3VHscdF
T9/HtaFd8osOx10EawzduhIKKwYBBAGXVQEFAQEHQJAVduZRPTG0d1r4rJk5DbZB
jgONuV2FtlD5f3eZB2VHAwEKCQAA/0vyCb/CmPkHoHI7ZBZt7mYGJ/eqA00485mN
K5oJDceQD4fCtAQYFggAZgWCawzdugWDJZgGAAkQKqFMExPgxu41FAAAAAAAHAAQ
c2FsdEBub3RhdGlvbnMub3BlbnBncGpzLm9yZ01M9EbzRBFLNbKq3YqzZlECmwwW
IQRebr6YrWpkY7TD73sqoUwTE+DG7gAAzKIA+wb5H1LnXZzzaNmtmqcB8fg0BY3d
o79r17mn4TpMEHihAQDpT7IJ/9JVIEhcMFwgC9qZVTLXVOpUUCUA7m7oNTGpCA==
=VriL
-----END PGP PRIVATE KEY BLOCK-----
`,
} as const;

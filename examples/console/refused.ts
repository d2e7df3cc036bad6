import type { OutgoingHttpHeaders } from 'node:http';

/** A request that is not answered. Without a message, whoever asked gets a status and nothing else. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;

  constructor(status: number, message = '', headers: OutgoingHttpHeaders = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

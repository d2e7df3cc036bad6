/** One entry of a `google.rpc.Status`' details, as it came. */
export interface StatusDetail {
  readonly type: string;
  readonly value: Uint8Array;
}

/** A `google.rpc.Status` as it travels in replies and trailers. */
export interface Status {
  readonly code: number;
  readonly message: string;
  readonly details: readonly { readonly typeUrl: string; readonly value: Uint8Array }[];
}

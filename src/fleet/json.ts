/** What a flow may remember: bigints travel as decimal texts, bytes as base64, and secrets not at all. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

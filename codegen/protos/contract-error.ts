/** Facts that cannot be used; the message starts with the file and line or the JSON path. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
}

/** Says where the element `name` of the .proto file `file` stands in what was read. */
export type Locate = (file: string, name: string) => string;

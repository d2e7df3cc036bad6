/** What an entry counts besides the octets of its name and value (RFC 7541, section 4.1). */
export const ENTRY_OVERHEAD = 32;

/**
 * The dynamic table of one direction of a connection (RFC 7541, section 2.3.2): the newest fields,
 * as many as fit. Texts have one character an octet.
 */
export class DynamicTable {
  // A ring, whose length is a power of two. The newest entry is just before `#next`.
  #names: string[] = new Array(8).fill('');
  #values: string[] = new Array(8).fill('');
  #next = 0;
  #length = 0;
  #size = 0;
  #maxSize: number;

  /** @param maxSize in octets; an entry counts its name, its value and `ENTRY_OVERHEAD` */
  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  /** How many entries there are. */
  get length(): number {
    return this.#length;
  }

  /** The size of all entries. */
  get size(): number {
    return this.#size;
  }

  get maxSize(): number {
    return this.#maxSize;
  }

  /** The name of the entry that `age` others came after. */
  name(age: number): string {
    return this.#names[(this.#next - 1 - age) & (this.#names.length - 1)] as string;
  }

  /** The value of the entry that `age` others came after. */
  value(age: number): string {
    return this.#values[(this.#next - 1 - age) & (this.#values.length - 1)] as string;
  }

  /** Adds an entry, and drops the oldest ones for it. One that is too large only empties the table. */
  insert(name: string, value: string): void {
    const size = name.length + value.length + ENTRY_OVERHEAD;
    this.#dropUntil(this.#maxSize - size);
    if (size > this.#maxSize) return;
    if (this.#length === this.#names.length) this.#grow();
    this.#names[this.#next] = name;
    this.#values[this.#next] = value;
    this.#next = (this.#next + 1) & (this.#names.length - 1);
    this.#length += 1;
    this.#size += size;
  }

  /** Sets how large the table may be, and drops the oldest entries above that. */
  resize(maxSize: number): void {
    this.#maxSize = maxSize;
    this.#dropUntil(maxSize);
  }

  #dropUntil(size: number): void {
    while (this.#length > 0 && this.#size > size) {
      const oldest = (this.#next - this.#length) & (this.#names.length - 1);
      this.#size -=
        (this.#names[oldest] as string).length +
        (this.#values[oldest] as string).length +
        ENTRY_OVERHEAD;
      this.#length -= 1;
      // The ring would keep the texts alive.
      this.#names[oldest] = '';
      this.#values[oldest] = '';
    }
  }

  #grow(): void {
    // The ring is full, so that its oldest entry is at `#next`.
    const turned = (ring: string[]) => [
      ...ring.slice(this.#next),
      ...ring.slice(0, this.#next),
      ...new Array<string>(ring.length).fill(''),
    ];
    const next = this.#names.length;
    this.#names = turned(this.#names);
    this.#values = turned(this.#values);
    this.#next = next;
  }
}

/** The steps of `supportBundle`. */
export type SupportBundleStep = 'find nodes' | 'ask nodes' | 'collect' | 'save';

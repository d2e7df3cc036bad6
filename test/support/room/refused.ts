import { expect } from 'vitest';

// A run that was meant to do without code from strings, and was not, would show nothing.
expect(() => Function('return 1')).toThrow(EvalError);

// The objects of the tests, compiled; see make.mjs.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const objects = JSON.parse(readFileSync(join(import.meta.dirname, 'objects.json'), 'utf8')) as Record<string, string>;

/** The bytes of an object by the name of its C file: `packet`, `callback`, `core`, `calls`, `locks`. */
export function objectBytes(name: 'packet' | 'callback' | 'core' | 'calls' | 'locks'): Uint8Array {
  return new Uint8Array(Buffer.from(objects[name]!, 'base64'));
}

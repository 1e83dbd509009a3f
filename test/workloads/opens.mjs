// Opens a file a known number of times: node opens.mjs COUNT PATH

import { closeSync, openSync } from 'node:fs';

const [count, path] = process.argv.slice(2);
for (let index = 0; index < Number(count); index++) {
  try {
    closeSync(openSync(path, 'r'));
  } catch {
    // A missing file is opened as often, and fails as often.
  }
}

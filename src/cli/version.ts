// The version in package.json, which lies some folders above both the source and the chunks of the built command.

import { existsSync, readFileSync } from 'node:fs';

function manifest(): URL {
  for (let folder = new URL('.', import.meta.url); ; folder = new URL('..', folder)) {
    const file = new URL('package.json', folder);
    if (existsSync(file) || folder.pathname === '/') return file;
  }
}

const { version: text } = JSON.parse(readFileSync(manifest(), 'utf8')) as { version: string };

export const version: string = text;

// A filter as an Image: one program of kind socket_filter, converted from its classic form, for both engines.

import { convertClassic } from '../../compiler/classic.ts';
import type { Image } from '../../image/index.ts';
import { type ClassicInstruction, encode } from '../../isa/index.ts';

/** Makes the Image of a classic program, or says in a sentence why eBPF cannot express it. */
export function filterImage(program: readonly ClassicInstruction[], text: string): Image | string {
  const converted = convertClassic(program);
  if ('message' in converted) return converted.message;
  return {
    version: 1,
    sources: [{ name: 'filter', text }],
    programs: [
      {
        name: 'filter',
        kind: 'socket_filter',
        code: encode(converted.instructions),
        relocations: [],
        functions: [{ name: 'filter', slot: 0, shape: 'entry' }],
        lines: [{ slot: 0, location: { source: 0, start: 0, end: text.length } }],
        attach: [],
        counters: 0,
      },
    ],
    maps: [],
    records: [],
    probes: [],
    license: 'GPL',
    settings: {
      ringBytes: 0,
      printMapsOnExit: false,
      truncationTrailer: '..',
      missingProbes: 'error',
      maxCatBytes: 0,
      demangle: true,
    },
  };
}

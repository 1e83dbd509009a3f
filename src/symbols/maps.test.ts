import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseMaps } from './maps.ts';

it('reads mappings', () => {
  const text = `559b558da000-559b558df000 r-xp 00002000 fe:00 260131                     /usr/bin/my prog
7f0000000000-7f0000001000 rw-p 00000000 00:00 0
7f0000001000-7f0000002000 r-xp 00001000 fe:00 77                         /tmp/gone (deleted)
7ffd1000-7ffd3000 r-xp 00000000 00:00 0                          [vdso]
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
`;
  const mappings = parseMaps(text);
  expect(mappings).toHaveLength(5);
  expect(mappings[0]).toEqual({
    start: 0x559b558da000,
    end: 0x559b558df000,
    executable: true,
    offset: 0x2000,
    device: 'fe:00',
    inode: 260131,
    path: '/usr/bin/my prog',
    deleted: false,
  });
  expect(mappings[1]).toMatchObject({ path: '', executable: false, inode: 0 });
  expect(mappings[2]).toMatchObject({ path: '/tmp/gone', deleted: true });
  expect(mappings[3]).toMatchObject({ path: '[vdso]', deleted: false });
});

it('reads every line of a living process', () => {
  const text = readFileSync('/proc/self/maps', 'utf8');
  expect(parseMaps(text)).toHaveLength(text.trim().split('\n').length);
});

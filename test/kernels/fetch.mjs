// Gets Debian's kernel of a suite without installing anything: an apt configuration of its own, made from the mirror that
// this machine already uses, and the packages unpacked into .cache/kernels/SUITE.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Runs a command and returns what it printed; throws with its errors. */
export function sh(command, args, options = {}) {
  const run = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  if (run.status !== 0) throw new Error(`${command} ${args.join(' ')}\n${run.error ?? ''}${run.stderr}${run.stdout}`);
  return run.stdout;
}

function mirror() {
  for (const file of ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list']) {
    if (!existsSync(file)) continue;
    const uri = /^(?:URIs:|deb(?: \[[^\]]*\])?)\s*(\S+)/m.exec(readFileSync(file, 'utf8'));
    if (uri) return uri[1];
  }
  throw new Error('no Debian mirror in /etc/apt: the kernel matrix needs one');
}

function aptOptions(folder, suite) {
  for (const one of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(folder, one), { recursive: true });
  const list = join(folder, 'sources.list');
  writeFileSync(list, `deb [trusted=yes] ${mirror()} ${suite} main\n`);
  return [
    `-oDir::Etc::SourceList=${list}`,
    '-oDir::Etc::SourceParts=/dev/null',
    `-oDir::State::Lists=${join(folder, 'lists')}`,
    `-oDir::Cache=${join(folder, 'cache')}`,
    '-oAcquire::Check-Valid-Until=false',
    '-oAPT::Sandbox::User=root',
  ];
}

/** Names of the packages that hold the kernel and its modules; newer Debian splits them. */
function packagesOf(options) {
  const depends = sh('apt-cache', [...options, 'depends', 'linux-image-amd64']);
  const image = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
  if (!image) throw new Error(`linux-image-amd64 names no kernel:\n${depends}`);
  const further = sh('apt-cache', [...options, 'depends', image]).matchAll(/Depends: (linux-(?:binary|modules)-\S+)/g);
  return [image, ...[...further].map((match) => match[1])];
}

/** The kernel of a suite: its image, its modules' folder and its release; cached. */
export function fetchKernel(cache, suite) {
  const folder = join(cache, suite);
  const root = join(folder, 'root');
  if (!existsSync(join(folder, 'complete'))) {
    mkdirSync(root, { recursive: true });
    const options = aptOptions(folder, suite);
    sh('apt-get', [...options, 'update', '-q']);
    for (const name of packagesOf(options)) sh('apt-get', [...options, 'download', '-q', name], { cwd: folder });
    for (const file of readdirSync(folder).filter((one) => one.endsWith('.deb')))
      sh('dpkg', ['-x', join(folder, file), root]);
    writeFileSync(join(folder, 'complete'), '');
  }
  // depmod and modprobe look below lib/modules; newer packages have it in usr/lib, with the image among the modules.
  if (!existsSync(join(root, 'lib'))) symlinkSync('usr/lib', join(root, 'lib'));
  const modules = join(root, 'lib/modules');
  const release = readdirSync(modules).find((name) => existsSync(join(modules, name, 'kernel')));
  const images = [join(root, `boot/vmlinuz-${release}`), join(modules, release, 'vmlinuz')];
  return { image: images.find(existsSync), release, base: root };
}

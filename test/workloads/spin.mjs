// Keeps a CPU busy in user space for a given number of milliseconds: node spin.mjs MILLISECONDS

const end = performance.now() + Number(process.argv[2]);
let work = 0;
while (performance.now() < end) work += Math.sqrt(work + 1);

// Lives for a given number of milliseconds: node idle.mjs MILLISECONDS

setTimeout(() => {}, Number(process.argv[2]));

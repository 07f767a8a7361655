const smoke = require('./entries-body.cjs');

smoke({
  core: require('distributed-cache'),
  compression: require('distributed-cache/compression'),
  encryption: require('distributed-cache/encryption'),
  longKeys: require('distributed-cache/hash-long-keys'),
  v8: require('distributed-cache/v8'),
}).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});

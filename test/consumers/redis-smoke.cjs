const smoke = require('./redis-smoke-body.cjs');

smoke(require('distributed-cache'), require('distributed-cache/redis')).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});

const smoke = require('./smoke-body.cjs');

smoke(require('distributed-cache'), require('distributed-cache/testing')).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});

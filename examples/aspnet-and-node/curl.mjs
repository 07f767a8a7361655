/** Requests to try, in the order of the story. */
export function printCurlLines(aspNet, node) {
  const json = `-H 'content-type: application/json'`;
  console.log(`
ASP.NET Core listens on ${aspNet}, Node on ${node}. Ctrl-C ends both. Try:

  curl ${aspNet}/products/1   # loaded, and stored
  curl ${node}/products/1   # read from Redis: no query
  curl -X PATCH ${json} -d '{"price":35}' ${node}/products/1
  curl ${aspNet}/products/1   # loaded anew: 35
  curl -X PATCH ${json} -d '{"price":29}' ${aspNet}/products/1
  curl ${node}/products/1   # loaded anew: 29
  curl -X DELETE ${aspNet}/products   # by the tag; in Node by the prefix
  curl ${aspNet}/queries   # how often each asked the database
  curl ${node}/queries`);
}

/** Counts what a cache tells by its events. */
export class Statistics {
  hits = 0;
  misses = 0;
  joined = 0;
  loads = 0;
  loadMs = 0;

  onEvent = (event) => {
    if (event.type === 'hit') this.hits++;
    else if (event.type === 'miss') this.misses++;
    else if (event.type === 'flightJoined') this.joined++;
    else if (event.type === 'loaded') {
      this.loads++;
      this.loadMs += event.durationMs;
    }
  };

  get reads() {
    return this.hits + this.misses;
  }
}

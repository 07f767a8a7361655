import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { freezeIfPlain, freezeParsed } from '../../src/hybrid/freeze.js';

describe('freezeIfPlain', () => {
  const plain: Record<string, unknown> = {
    'a primitive': 5,
    'a string': 'text',
    null: null,
    'an object': { a: 1, b: 'x', c: null, d: undefined },
    'an object without a prototype': Object.assign(Object.create(null), { a: 1 }),
    'an array of objects': [{ a: [1, [2, { b: 3 }]] }],
    'what another realm made': runInNewContext('({ a: [1, { b: 2 }] })'),
  };

  it.each(Object.entries(plain))('freezes %s, deeply', (_, value) => {
    expect(freezeIfPlain(value)).toBe(true);
    const all = [value];
    for (const each of all) {
      expect(Object.isFrozen(each)).toBe(true);
      if (typeof each === 'object' && each !== null) all.push(...Object.values(each));
    }
  });

  class Point {
    x = 1;
  }
  class List extends Array {}
  const others: Record<string, unknown> = {
    'a Date': new Date(),
    'a Map': new Map(),
    bytes: new Uint8Array(1),
    'an instance of a class': new Point(),
    'an array of a class': new List(),
    'a function': () => {},
    'a symbol': Symbol('s'),
    'a Date of another realm': runInNewContext('new Date()'),
    'an accessor': {
      get a() {
        return 1;
      },
    },
    'a name that is a symbol': { [Symbol('s')]: 1 },
    'an object with a prototype of its own': Object.create({ a: 1 }),
  };

  it.each(Object.entries(others))('leaves %s as it is, and what holds it', (_, value) => {
    expect(freezeIfPlain(value)).toBe(false);
    const holder = { before: {}, list: [value] };
    expect(freezeIfPlain(holder)).toBe(false);
    expect([holder, holder.before, holder.list].some(Object.isFrozen)).toBe(false);
  });

  it('takes what refers to itself, and what is frozen in part', () => {
    const value: Record<string, unknown> = { inner: Object.freeze({ deep: { a: 1 } }) };
    value.self = value;
    expect(freezeIfPlain(value)).toBe(true);
    expect(Object.isFrozen((value.inner as { deep: object }).deep)).toBe(true);
  });

  it('takes what is a hundred thousand levels deep', () => {
    let value: unknown[] = [];
    for (let i = 0; i < 100_000; i++) value = [value];
    expect(freezeIfPlain(value)).toBe(true);
  });
});

describe('freezeParsed', () => {
  it('freezes what JSON.parse gave as freezeIfPlain does, however deep and whatever its names', () => {
    const texts = ['null', '5', '"text"', '[]', '{"a":[1,{"b":{}}],"__proto__":{"c":[{}]},"length":{"d":1}}'];
    for (const text of [...texts, `${'['.repeat(50_000)}${']'.repeat(50_000)}`]) {
      const value: unknown = JSON.parse(text);
      freezeParsed(value);
      const all = [value];
      for (const each of all) {
        expect(Object.isFrozen(each)).toBe(true);
        if (typeof each === 'object' && each !== null) all.push(...Object.values(each));
      }
    }
  });
});

// Word problems about amounts: things counted, shared and compared.
import type { Template } from './problem.ts';
import { equation } from './problem.ts';

const libraryShelves: Template = (random) => {
  const things = random.pick(['books', 'comics', 'atlases', 'board games', 'records']);
  const shelves = random.int(6, 20);
  const perShelf = random.int(12, 35);
  const lent = random.int(15, 60);
  const returned = random.int(5, 14);
  const full = equation(shelves, '*', perShelf);
  const rest = equation(full.value, '-', lent);
  const now = equation(rest.value, '+', returned);
  return {
    question: `A library keeps its ${things} on ${shelves} shelves, ${perShelf} on each. On ${random.pick(['Monday', 'Tuesday', 'Thursday', 'Saturday'])} visitors borrow ${lent} of them, and the next day ${returned} are brought back. How many ${things} are in the library then?`,
    steps: [
      `At first there are ${full.text} ${things}.`,
      `After the lending, ${rest.text} are still there.`,
      `With those that came back the library has ${now.text} ${things}.`,
    ],
    result: now.value,
  };
};

const busStops: Template = (random) => {
  const vehicle = random.pick(['bus', 'tram', 'ferry', 'cable car']);
  const start = random.int(18, 45);
  const off1 = random.int(4, 12);
  const on1 = random.int(3, 15);
  const off2 = random.int(2, 9);
  const on2 = off2 * 2;
  const first = equation(start, '-', off1, '+', on1);
  const boarding = equation(off2, '*', 2);
  const second = equation(first.value, '-', off2, '+', on2);
  return {
    question: `A ${vehicle} leaves with ${start} passengers. At the first stop ${off1} get off and ${on1} get on. At the second stop ${random.translate(off2)} get off and twice as many get on. How many passengers are on the ${vehicle} now?`,
    steps: [
      `After the first stop there are ${first.text} passengers on board.`,
      `At the second stop ${boarding.text} people get on.`,
      `So there are now ${second.text} passengers on the ${vehicle}.`,
    ],
    result: second.value,
  };
};

const ages: Template = (random, { name }, { name: other }) => {
  const age = random.int(5, 14);
  const factor = random.int(2, 3);
  const more = random.int(1, 6);
  const years = random.int(3, 12);
  const multiple = equation(age, '*', factor);
  const elder = equation(multiple.value, '+', more);
  const later = equation(elder.value, '+', years);
  const younger = equation(age, '+', years);
  const sum = equation(later.value, '+', younger.value);
  const phrase = factor === 2 ? 'twice' : 'three times';
  return {
    question: `${other} is ${age} years old. ${name} is ${more} ${more === 1 ? 'year' : 'years'} older than ${phrase} the age of ${other}. How old will the two be together in ${years} years?`,
    steps: [
      `${factor === 2 ? 'Twice' : 'Three times'} the age of ${other} is ${multiple.text}.`,
      `So ${name} is ${elder.text} years old today.`,
      `In ${years} years ${name} will be ${later.text} years old.`,
      `By then ${other} will be ${younger.text} years old.`,
      `Together they will be ${sum.text} years old.`,
    ],
    result: sum.value,
  };
};

const collections: Template = (random, { name }, { name: other, he }) => {
  const things = random.pick(['marbles', 'stamps', 'shells', 'stickers', 'postcards', 'coins']);
  const few = random.int(14, 60);
  const factor = random.int(3, 6);
  const given = random.int(5, 12);
  const many = equation(few, '*', factor);
  const left = equation(many.value, '-', given);
  const grown = equation(few, '+', given);
  const gap = equation(left.value, '-', grown.value);
  return {
    question: `${name} owns ${random.translate(factor)} times as many ${things} as ${other}, who has ${few}. Then ${name} gives ${other} ${given} ${things} so that ${he} can trade them. How many more ${things} than ${other} does ${name} have after that?`,
    steps: [
      `${name} starts with ${many.text} ${things}.`,
      `After the gift ${name} has ${left.text} ${things}.`,
      `${other} then has ${grown.text} ${things}.`,
      `That is a difference of ${gap.text} ${things}.`,
    ],
    result: gap.value,
  };
};

const classGroups: Template = (random, { name }) => {
  const thing = random.pick(['pencils', 'beads', 'magnets', 'sheets of paper', 'wooden blocks']);
  const groups = random.int(4, 8);
  const perGroup = random.int(3, 6);
  const each = random.int(4, 9);
  const spare = random.int(6, 20);
  const pupils = groups * perGroup;
  const size = equation(pupils, '/', groups);
  const needed = equation(pupils, '*', each);
  const total = equation(needed.value, '+', spare);
  const forGroup = equation(size.value, '*', each);
  return random.int(0, 1) === 0
    ? {
        question: `A class of ${pupils} pupils works in ${random.translate(groups)} groups of the same size. Every pupil needs ${each} ${thing}. How many ${thing} must ${name} lay out for one group?`,
        steps: [`A group has ${size.text} pupils.`, `For one group ${name} needs ${forGroup.text} ${thing}.`],
        result: forGroup.value,
      }
    : {
        question: `${name} teaches ${groups} groups of ${perGroup} pupils and hands every pupil ${each} ${thing}. Afterwards ${spare} ${thing} are left in the cupboard. How many ${thing} were there before?`,
        steps: [
          `There are ${equation(groups, '*', perGroup).text} pupils.`,
          `They receive ${needed.text} ${thing}.`,
          `Before that the cupboard held ${total.text} ${thing}.`,
        ],
        result: total.value,
      };
};

const gardenRows: Template = (random, { name, His }) => {
  const plant = random.pick(['pumpkin', 'pepper', 'bean', 'eggplant', 'cucumber', 'melon']);
  const rows = random.int(4, 12);
  const perRow = random.pick([8, 12, 16, 20]);
  const yieldEach = random.int(2, 7);
  const planted = equation(rows, '*', perRow);
  const lost = equation(planted.value, '/', 4);
  const grown = equation(planted.value, '-', lost.value);
  const harvest = equation(grown.value, '*', yieldEach);
  return {
    question: `${name} sows ${rows} rows of ${plant} seeds with ${perRow} seeds in a row. A quarter of the seeds never come up. ${His} other plants bear ${random.translate(yieldEach)} ${plant}s each. How many ${plant}s can be picked?`,
    steps: [
      `${name} sows ${planted.text} seeds.`,
      `Of these, ${lost.text} do not come up.`,
      `That leaves ${grown.text} plants.`,
      `They bear ${harvest.text} ${plant}s.`,
    ],
    result: harvest.value,
  };
};

const flourBags: Template = (random, { name, he }) => {
  const cake = random.pick(['cake', 'loaf of bread', 'pie', 'pizza']);
  const grams = random.pick([200, 250, 300, 400, 500]);
  const daily = random.int(3, 9);
  const days = random.int(4, 7);
  const bag = random.pick([1000, 2000]);
  const perDay = equation(daily, '*', grams);
  if ((perDay.value * days) % bag !== 0) return null;
  const all = equation(perDay.value, '*', days);
  const bags = equation(all.value, '/', bag);
  return {
    question: `One ${cake} takes ${grams} grams of flour. ${name} makes ${random.translate(daily)} a day for ${random.translate(days)} days. Flour comes in bags of ${bag} grams. How many bags does ${he} use up?`,
    steps: [
      `A day's work takes ${perDay.text} grams of flour.`,
      `Over ${days} days that is ${all.text} grams.`,
      `This is the content of ${bags.text} bags.`,
    ],
    result: bags.value,
  };
};

const leftovers: Template = (random, { name, he }, { name: friend }) => {
  const things = random.pick(['balloons', 'sandwiches', 'oranges', 'candles', 'ribbons']);
  const start = random.int(5, 20) * 6;
  const bought = random.int(4, 15);
  const half = equation(start, '/', 2);
  const third = equation(half.value, '/', 3);
  const rest = equation(half.value, '-', third.value);
  const end = equation(rest.value, '+', bought);
  return {
    question: `For a party ${name} has ${start} ${things}. Half of them are used on Friday, and a third of what is left goes to ${friend}. On Sunday ${he} buys ${bought} new ones. How many ${things} does ${name} have in the end?`,
    steps: [
      `On Friday ${half.text} ${things} are used, and as many are left.`,
      `${friend} gets ${third.text} of them.`,
      `That leaves ${rest.text} ${things}.`,
      `With the new ones ${name} has ${end.text} ${things}.`,
    ],
    result: end.value,
  };
};

const testAverage: Template = (random, { name, he, His }) => {
  const scores = [random.int(60, 98), random.int(60, 98), random.int(60, 98)];
  const average = random.int(75, 90);
  const [a = 0, b = 0, c = 0] = scores;
  const soFar = equation(a, '+', b, '+', c);
  const needed = equation(average, '*', 4);
  if (needed.value - soFar.value > 100 || needed.value - soFar.value < 50) return null;
  const last = equation(needed.value, '-', soFar.value);
  return {
    question: `${name} scored ${a}, ${b} and ${c} points in three ${random.pick(['spelling', 'history', 'chemistry', 'geography'])} tests. ${His} aim is an average of ${average} points over four tests. How many points does ${he} need in the fourth?`,
    steps: [
      `So far ${name} has ${soFar.text} points.`,
      `For the average, four tests must add up to ${needed.text} points.`,
      `The fourth test has to bring ${last.text} points.`,
    ],
    result: last.value,
  };
};

export const QUANTITY_TEMPLATES: readonly Template[] = [
  libraryShelves,
  busStops,
  ages,
  collections,
  classGroups,
  gardenRows,
  flourBags,
  leftovers,
  testAverage,
];

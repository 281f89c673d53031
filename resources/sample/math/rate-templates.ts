// Word problems about time, speed, distance and lengths.
import type { Template } from './problem.ts';
import { equation } from './problem.ts';

const waterTank: Template = (random, { name }) => {
  const vessel = random.pick(['tank', 'pool', 'pond', 'cistern']);
  const inflow = random.int(9, 25);
  const leak = random.int(1, 5);
  const hours = random.int(2, 4);
  const held = random.int(3, 12) * 50;
  const minutes = equation(hours, '*', 60);
  const net = equation(inflow, '-', leak);
  const gained = equation(minutes.value, '*', net.value);
  const total = equation(held, '+', gained.value);
  return {
    question: `A ${vessel} in ${name}'s garden holds ${held} liters. A hose adds ${inflow} liters a minute, but ${leak} ${leak === 1 ? 'liter leaks' : 'liters leak'} out every minute. How many liters are in the ${vessel} when the hose has run for ${random.translate(hours)} hours?`,
    steps: [
      `The hose runs for ${minutes.text} minutes.`,
      `Each minute the ${vessel} gains ${net.text} liters.`,
      `It gains ${gained.text} liters in all.`,
      `Then there are ${total.text} liters in it.`,
    ],
    result: total.value,
  };
};

const journey: Template = (random, { name, he }) => {
  const goal = random.pick(['the coast', 'the lake', 'the mountains', 'the border', 'the capital']);
  const hours1 = random.int(2, 4);
  const speed1 = random.int(8, 14) * 5;
  const hours2 = random.int(1, 3) + 1;
  const speed2 = random.int(6, 11) * 5;
  const rest = random.int(12, 60);
  const leg1 = equation(hours1, '*', speed1);
  const leg2 = equation(hours2, '*', speed2);
  const driven = equation(leg1.value, '+', leg2.value);
  const distance = driven.value + rest;
  const missing = equation(distance, '-', driven.value);
  return {
    question: `It is ${distance} miles to ${goal}. ${name} drives ${random.translate(hours1)} hours at ${speed1} miles an hour, takes a break, and then drives ${random.translate(hours2)} hours at ${speed2} miles an hour. How many miles does ${he} still have to go?`,
    steps: [
      `Before the break ${name} covers ${leg1.text} miles.`,
      `After it ${he} covers ${leg2.text} miles.`,
      `Together that is ${driven.text} miles.`,
      `There are ${missing.text} miles to go.`,
    ],
    result: missing.value,
  };
};

const readingPlan: Template = (random, { name, he }) => {
  const pages = random.int(12, 35);
  const weekdays = 5;
  const weekend = pages * 2;
  const left = random.int(18, 120);
  const week = equation(weekdays, '*', pages);
  const double = equation(pages, '*', 2);
  const saturdaySunday = equation(2, '*', weekend);
  const read = equation(week.value, '+', saturdaySunday.value);
  const book = read.value + left;
  const unread = equation(book, '-', read.value);
  return {
    question: `${name} reads a novel of ${book} pages. From Monday to Friday, which is 5 days, ${he} reads ${pages} pages a day. On Saturday and on Sunday ${he} reads twice as many pages a day. How many pages are unread after that week?`,
    steps: [
      `On the weekdays ${name} reads ${week.text} pages.`,
      `A day of the weekend adds ${double.text} pages.`,
      `Both of them add ${saturdaySunday.text} pages.`,
      `In the whole week ${he} reads ${read.text} pages.`,
      `So ${unread.text} pages are unread.`,
    ],
    result: unread.value,
  };
};

const fence: Template = (random, { name, he }) => {
  const place = random.pick(['vegetable bed', 'paddock', 'playground', 'dog run', 'meadow']);
  const length = random.int(12, 40);
  const width = random.int(5, 11);
  const gate = random.int(2, 4);
  const price = random.int(3, 12);
  const long = equation(2, '*', length);
  const short = equation(2, '*', width);
  const around = equation(long.value, '+', short.value);
  const fenced = equation(around.value, '-', gate);
  const cost = equation(fenced.value, '*', price);
  return {
    question: `${name} puts a fence around a ${place} that is ${length} meters long and ${width} meters wide. A gap of ${random.translate(gate)} meters is left for a gate. A meter of fence costs $${price}. How much does ${he} spend on the fence?`,
    steps: [
      `The two long sides measure ${long.text} meters.`,
      `The two short sides measure ${short.text} meters.`,
      `All around that is ${around.text} meters.`,
      `Without the gap ${fenced.text} meters need a fence.`,
      `The fence costs ${cost.money}.`,
    ],
    result: cost.value,
  };
};

const printers: Template = (random) => {
  const product = random.pick(['flyers', 'posters', 'labels', 'forms']);
  const slow = random.int(8, 20);
  const faster = random.int(4, 15);
  const minutes = random.int(6, 25);
  const fast = equation(slow, '+', faster);
  const both = equation(slow, '+', fast.value);
  const order = both.value * minutes;
  const time = equation(order, '/', both.value);
  return {
    question: `An old machine prints ${slow} ${product} a minute. A new one prints ${faster} more than that each minute. Both work at the same time on an order of ${order} ${product}. How many minutes do they take?`,
    steps: [
      `The new machine prints ${fast.text} ${product} a minute.`,
      `Both together print ${both.text} ${product} a minute.`,
      `They are done in ${time.text} minutes.`,
    ],
    result: time.value,
  };
};

const runningLaps: Template = (random, { name }, { name: rival, he }) => {
  const lap = random.pick([200, 250, 300, 400]);
  const laps = random.int(4, 9);
  const days = random.int(3, 6);
  const extra = random.int(2, 7) * 100;
  const training = equation(laps, '*', lap);
  const week = equation(training.value, '*', days);
  const other = equation(week.value, '+', extra);
  const both = equation(week.value, '+', other.value);
  return {
    question: `One lap of the track is ${lap} meters. On ${random.translate(days)} days of the week ${name} runs ${random.translate(laps)} laps. ${rival} keeps count too, and by Sunday ${he} has run ${extra} meters more than ${name}. How many meters have the two run in total?`,
    steps: [
      `On each of these days ${name} runs ${training.text} meters.`,
      `In the week that makes ${week.text} meters.`,
      `${rival} runs ${other.text} meters.`,
      `The two have run ${both.text} meters.`,
    ],
    result: both.value,
  };
};

const knitting: Template = (random, { name, he }) => {
  const thing = random.pick(['scarf', 'blanket', 'shawl', 'pullover']);
  const rows = random.int(15, 40);
  const stitches = random.pick([20, 24, 30, 36, 40]);
  const perMinute = random.pick([10, 12, 20]);
  const all = equation(rows, '*', stitches);
  if (all.value % perMinute !== 0 || (all.value / perMinute) % 3 !== 0) return null;
  const minutes = equation(all.value, '/', perMinute);
  const evenings = equation(minutes.value, '/', 3);
  return {
    question: `A ${thing} needs ${rows} rows with ${stitches} stitches each. ${name} knits ${perMinute} stitches a minute and spreads the work evenly over three evenings. How many minutes does ${he} knit each evening?`,
    steps: [
      `The ${thing} has ${all.text} stitches.`,
      `That is ${minutes.text} minutes of work.`,
      `Each evening ${name} knits for ${evenings.text} minutes.`,
    ],
    result: evenings.value,
  };
};

export const RATE_TEMPLATES: readonly Template[] = [
  waterTank,
  journey,
  readingPlan,
  fence,
  printers,
  runningLaps,
  knitting,
];

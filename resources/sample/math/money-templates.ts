// Word problems about prices, wages and savings.
import type { Template } from './problem.ts';
import { equation } from './problem.ts';

const bakedGoods: Template = (random, { name, he }) => {
  const [goods, one] = random.pick([
    ['cookies', 'cookie'],
    ['muffins', 'muffin'],
    ['rolls', 'roll'],
    ['tarts', 'tart'],
  ] as const);
  const trays = random.int(4, 9);
  const perTray = random.pick([12, 15, 16, 18, 20, 24]);
  const perBag = random.int(3, 6);
  const price = random.int(2, 7);
  const baked = equation(trays, '*', perTray);
  const eaten = (baked.value % perBag) + perBag * random.int(1, 2);
  const left = equation(baked.value, '-', eaten);
  const bags = equation(left.value, '/', perBag);
  const earned = equation(bags.value, '*', price);
  return {
    question: `${name} bakes ${random.translate(trays)} trays with ${perTray} ${goods} on each tray. The family eats ${eaten} of them, and ${he} packs the rest into bags of ${random.translate(perBag)}. If every bag is sold for $${price}, how many dollars does ${name} earn?`,
    steps: [
      `${name} bakes ${baked.text} ${goods}.`,
      `Once the family has had its share, ${left.text} ${goods} are left.`,
      `With ${perBag} to a bag, not one ${one} over, that makes ${bags.text} bags.`,
      `Selling them brings in ${earned.money}.`,
    ],
    result: earned.value,
  };
};

const shoppingChange: Template = (random, { name, he, He }) => {
  const a = random.pick(['notebooks', 'sketchbooks', 'folders', 'paint boxes']);
  const b = random.pick(['erasers', 'rulers', 'markers', 'glue sticks']);
  const nA = random.int(2, 8);
  const nB = random.int(3, 9);
  const priceA = random.int(3, 8);
  const priceB = random.int(1, 2);
  const costA = equation(nA, '*', priceA);
  const costB = equation(nB, '*', priceB);
  const total = equation(costA.value, '+', costB.value);
  const note = random.pick([50, 100]);
  if (total.value >= note || total.value < note / 4) return null;
  const change = equation(note, '-', total.value);
  return {
    question: `${name} buys ${random.translate(nA)} ${a} at $${priceA} apiece and ${random.translate(nB)} ${b} at $${priceB} apiece for the new school year. ${He} pays with a $${note} bill. How much change does ${he} get?`,
    steps: [
      `The ${a} come to ${costA.money}.`,
      `The ${b} come to ${costB.money}.`,
      `Together that is ${total.money}.`,
      `So ${name} gets ${change.money} back.`,
    ],
    result: change.value,
  };
};

const savingGoal: Template = (random, { name, he, him, his, His }) => {
  const thing = random.pick(['a used guitar', 'a pair of skis', 'a telescope', 'a tent', 'a drawing tablet']);
  const weekly = random.int(6, 18);
  const spent = random.int(2, 5);
  const weeks = random.int(4, 12);
  const gift = random.pick([20, 25, 30, 40, 50]);
  const kept = equation(weekly, '-', spent);
  const missing = equation(kept.value, '*', weeks);
  const price = missing.value + gift;
  if (price < 60) return null;
  const toSave = equation(price, '-', gift);
  const needed = equation(toSave.value, '/', kept.value);
  return {
    question: `${name} wants to buy ${thing} that costs $${price}. ${His} grandmother gave ${him} $${gift} towards it. Each week ${he} earns $${weekly} with small jobs and spends $${spent} of it on snacks, saving the rest of ${his} pay. In how many weeks will ${he} have enough?`,
    steps: [
      `After the gift ${name} still has to save ${toSave.money}.`,
      `Every week ${he} puts aside ${kept.money}.`,
      `That takes ${needed.text} weeks.`,
    ],
    result: needed.value,
  };
};

const ticketSales: Template = (random) => {
  const show = random.pick(['school play', 'choir concert', 'puppet show', 'magic evening', 'film night']);
  const adults = random.int(20, 90);
  const children = random.int(15, 80);
  const child = random.int(3, 6);
  const adult = child * 2;
  const hall = random.pick([60, 80, 120, 150]);
  const price = equation(child, '*', 2);
  const fromAdults = equation(adults, '*', adult);
  const fromChildren = equation(children, '*', child);
  const taken = equation(fromAdults.value, '+', fromChildren.value);
  if (taken.value <= hall * 2) return null;
  const profit = equation(taken.value, '-', hall);
  return {
    question: `A child's ticket for the ${show} costs $${child}, and an adult's ticket costs twice as much. ${adults} adults and ${children} children come. Renting the hall cost $${hall}. How many dollars remain after the rent is paid?`,
    steps: [
      `An adult pays ${price.money}.`,
      `The adults bring ${fromAdults.money}.`,
      `The children bring ${fromChildren.money}.`,
      `All tickets together are worth ${taken.money}.`,
      `When the hall is paid, ${profit.money} remain.`,
    ],
    result: profit.value,
  };
};

const discount: Template = (random, { name, he }) => {
  const thing = random.pick(['lamps', 'chairs', 'backpacks', 'jackets', 'bookshelves', 'blankets']);
  const percent = random.pick([10, 20, 25, 50]);
  const price = random.int(2, 9) * 20;
  const count = random.int(2, 6);
  const off = equation(price, '*', percent, '/', 100);
  const reduced = equation(price, '-', off.value);
  const total = equation(reduced.value, '*', count);
  return {
    question: `A shop lowers the price of its ${thing} by ${percent}%. Before the sale one of them cost $${price}. ${name} buys ${random.translate(count)} of them during the sale. How much does ${he} pay?`,
    steps: [
      `The price drops by ${off.money}.`,
      `So one costs ${reduced.money} in the sale.`,
      `${name} pays ${total.money} for all ${count}.`,
    ],
    result: total.value,
  };
};

const sharedRental: Template = (random, { name }, { name: friend }) => {
  const thing = random.pick(['rowing boat', 'cargo bike', 'tandem', 'canoe', 'karaoke room']);
  const fee = random.int(3, 12) * 2;
  const hourly = random.int(3, 9) * 2;
  const hours = random.int(2, 7);
  const snack = random.int(3, 9);
  const time = equation(hours, '*', hourly);
  const rent = equation(time.value, '+', fee);
  const half = equation(rent.value, '/', 2);
  const own = equation(half.value, '+', snack);
  return {
    question: `Renting a ${thing} costs a fixed $${fee} and then $${hourly} for each hour. ${name} and ${friend} rent one for ${random.translate(hours)} hours and split the bill evenly. ${name} also buys a snack for $${snack}. How much does ${name} spend altogether?`,
    steps: [
      `The hours cost ${time.money}.`,
      `With the fixed fee the bill is ${rent.money}.`,
      `Each of the two pays ${half.money}.`,
      `With the snack, ${name} spends ${own.money}.`,
    ],
    result: own.value,
  };
};

const eggStand: Template = (random, { name, He }) => {
  const bird = random.pick(['hens', 'ducks', 'geese']);
  const count = random.int(6, 20);
  const kept = random.int(1, 4);
  const price = random.int(3, 8);
  const daily = equation(count, '-', kept);
  if (daily.value % 12 !== 0 && daily.value % 6 !== 0) return null;
  const weekly = equation(daily.value, '*', 7);
  const boxSize = daily.value % 12 === 0 ? 12 : 6;
  const boxes = equation(weekly.value, '/', boxSize);
  const income = equation(boxes.value, '*', price);
  return {
    question: `${name} has ${count} ${bird}, and each of them lays one egg a day. ${He} uses ${random.translate(kept)} eggs for breakfast every day and sells the others in boxes of ${boxSize} for $${price} a box. How much money does ${name} make in a week?`,
    steps: [
      `Each day ${daily.text} eggs can be sold.`,
      `In a week those are ${weekly.text} eggs.`,
      `They fill ${boxes.text} boxes.`,
      `${name} makes ${income.money} in a week.`,
    ],
    result: income.value,
  };
};

const overtime: Template = (random, { name, he }) => {
  const job = random.pick(['at a garage', 'in a nursery', 'at a print shop', 'in a warehouse', 'in a hotel kitchen']);
  const rate = random.int(9, 24);
  const normal = random.pick([30, 35, 40]);
  const extra = random.int(2, 9);
  const hours = normal + extra;
  const over = equation(hours, '-', normal);
  const basic = equation(normal, '*', rate);
  const double = equation(rate, '*', 2);
  const bonus = equation(over.value, '*', double.value);
  const pay = equation(basic.value, '+', bonus.value);
  return {
    question: `${name} works ${job} for $${rate} an hour. Hours beyond ${normal} in a week are paid double. Last week ${he} worked ${hours} hours. What was ${name}'s pay for that week, in dollars?`,
    steps: [
      `${name} did ${over.text} hours of overtime.`,
      `The first ${normal} hours earn ${basic.money}.`,
      `An hour of overtime earns ${double.money}.`,
      `All the overtime earns ${bonus.money}.`,
      `The pay for the week was ${pay.money}.`,
    ],
    result: pay.value,
  };
};

const marketStall: Template = (random, { name, he }) => {
  const fruit = random.pick(['apples', 'pears', 'plums', 'cherries', 'tomatoes', 'onions']);
  const crates = random.int(3, 12);
  const cost = random.int(8, 20);
  const weight = random.pick([8, 10, 12, 15]);
  const spoiled = random.int(2, 9);
  const price = random.int(2, 4);
  const spent = equation(crates, '*', cost);
  const kilos = equation(crates, '*', weight);
  const sound = equation(kilos.value, '-', spoiled);
  const taken = equation(sound.value, '*', price);
  if (taken.value <= spent.value) return null;
  const profit = equation(taken.value, '-', spent.value);
  return {
    question: `For ${random.pick(['a stall', 'a small stand', 'the weekly market'])} ${name} buys ${random.translate(crates)} crates of ${fruit} at $${cost} a crate. A crate holds ${weight} kilograms. ${spoiled} kilograms turn out to be spoiled; the rest is sold at $${price} a kilogram. What profit does ${he} make?`,
    steps: [
      `${name} pays ${spent.money} for the crates.`,
      `They hold ${kilos.text} kilograms of ${fruit}.`,
      `Of these, ${sound.text} kilograms can be sold.`,
      `The sale brings ${taken.money}.`,
      `The profit is ${profit.money}.`,
    ],
    result: profit.value,
  };
};

export const MONEY_TEMPLATES: readonly Template[] = [
  bakedGoods,
  shoppingChange,
  savingGoal,
  ticketSales,
  discount,
  sharedRental,
  eggStand,
  overtime,
  marketStall,
];

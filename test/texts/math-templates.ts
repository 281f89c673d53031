// Word problems of kinds that the sample's demos and its evaluation text do not have.
import type { Template } from '../../resources/sample/math/problem.ts';
import { equation } from '../../resources/sample/math/problem.ts';

const headsAndLegs: Template = (random, { name }) => {
  const [small, smallOne, large, largeOne] = random.pick([
    ['hens', 'A hen', 'rabbits', 'a rabbit'],
    ['ducks', 'A duck', 'goats', 'a goat'],
    ['geese', 'A goose', 'sheep', 'a sheep'],
    ['turkeys', 'A turkey', 'calves', 'a calf'],
  ] as const);
  const four = random.int(4, 19);
  const two = random.int(5, 24);
  const heads = four + two;
  const onTwo = equation(heads, '*', 2);
  const legs = 4 * four + 2 * two;
  const extra = equation(legs, '-', onTwo.value);
  const found = equation(extra.value, '/', 2);
  return {
    question: `In a barn ${name} counts ${heads} heads and ${legs} legs, all of them of ${small} and ${large}. ${smallOne} has 2 legs and ${largeOne} has 4. How many ${large} are in the barn?`,
    steps: [
      `If all animals were ${small}, there would be ${onTwo.text} legs.`,
      `That is ${extra.text} legs short.`,
      `Each of the ${large} brings 2 legs more, so ${found.text} of the animals are ${large}.`,
    ],
    result: found.value,
  };
};

const exchangeOffice: Template = (random, { name, his }) => {
  const [coin, country] = random.pick([
    ['kronor', 'Sweden'],
    ['pesos', 'Mexico'],
    ['baht', 'Thailand'],
    ['rand', 'South Africa'],
    ['lira', 'Turkey'],
  ] as const);
  const rate = random.int(7, 36);
  const fee = random.int(2, 9);
  const brought = random.int(8, 40) * 10;
  const hotel = random.int(3, 9) * 50;
  const changed = equation(brought, '-', fee);
  const got = equation(changed.value, '*', rate);
  if (got.value <= hotel) return null;
  const left = equation(got.value, '-', hotel);
  return {
    question: `Before a journey to ${country} ${name} takes $${brought} to an exchange office. It keeps $${fee} as its fee and gives ${rate} ${coin} for every remaining dollar. The first night in ${his} hotel costs ${hotel} ${coin}. How many ${coin} are left after it?`,
    steps: [
      `The office changes ${changed.money}.`,
      `For these it hands out ${got.text} ${coin}.`,
      `When the hotel is paid, ${left.text} ${coin} are left.`,
    ],
    result: left.value,
  };
};

const simpleInterest: Template = (random, { name }) => {
  const deposit = random.int(2, 30) * 200;
  const percent = random.int(2, 6);
  const years = random.int(3, 9);
  const yearly = equation(deposit, '*', percent, '/', 100);
  const all = equation(yearly.value, '*', years);
  const balance = equation(deposit, '+', all.value);
  return {
    question: `A savings bank pays ${percent}% simple interest a year, always on the sum first paid in. ${name} pays in $${deposit} and touches nothing for ${random.spoken(years)} years. What is the balance of the account then?`,
    steps: [
      `One year earns ${yearly.money} of interest.`,
      `All the years earn ${all.money}.`,
      `The balance is ${balance.money}.`,
    ],
    result: balance.value,
  };
};

const restaurantTip: Template = (random, { name }) => {
  const meal = random.pick(['brunch', 'a birthday dinner', 'a farewell lunch', 'a tapas evening']);
  const guests = random.int(3, 8);
  const percent = random.pick([10, 15, 20]);
  const bill = random.int(6, 30) * 20;
  const tip = equation(bill, '*', percent, '/', 100);
  const total = equation(bill, '+', tip.value);
  if (total.value % guests !== 0) return null;
  const each = equation(total.value, '/', guests);
  return {
    question: `The bill for ${meal} is $${bill}. The ${guests} guests, ${name} among them, add a tip of ${percent}% and then pay equal shares. How much is one share?`,
    steps: [`The tip is ${tip.money}.`, `Bill and tip are ${total.money}.`, `One share is ${each.money}.`],
    result: each.value,
  };
};

const paintedWalls: Template = (random, { name }) => {
  const room = random.pick(['a hallway', 'an attic', 'a studio', 'a workshop', 'a nursery']);
  const walls = random.int(2, 4);
  const wide = random.int(4, 9);
  const high = random.int(2, 4);
  const opening = random.int(2, 7);
  const perCan = random.int(4, 11);
  const one = equation(wide, '*', high);
  const all = equation(one.value, '*', walls);
  if (all.value <= opening || (all.value - opening) % perCan !== 0) return null;
  const painted = equation(all.value, '-', opening);
  const cans = equation(painted.value, '/', perCan);
  return {
    question: `${name} paints ${walls} walls of ${room}. Each wall is ${wide} meters wide and ${high} meters high. Doors and windows take up ${opening} square meters that need no paint. One can covers ${perCan} square meters. How many cans does the job take?`,
    steps: [
      `A wall has ${one.text} square meters.`,
      `The walls together have ${all.text} square meters.`,
      `Paint is needed for ${painted.text} square meters.`,
      `That takes ${cans.text} cans.`,
    ],
    result: cans.value,
  };
};

const aquarium: Template = (random, { name }) => {
  const length = random.int(4, 12) * 10;
  const width = random.int(2, 6) * 10;
  const depth = random.int(2, 6) * 10;
  const jug = random.int(2, 8);
  const base = equation(length, '*', width);
  const cubic = equation(base.value, '*', depth);
  const liters = equation(cubic.value, '/', 1000);
  if (liters.value % jug !== 0) return null;
  const jugs = equation(liters.value, '/', jug);
  return {
    question: `An aquarium is ${length} cm by ${width} cm at its bottom, and ${name} fills it ${depth} cm deep. A liter is 1000 cubic centimeters. How many jugs of ${random.spoken(jug)} liters does ${name} pour in?`,
    steps: [
      `The bottom measures ${base.text} square centimeters.`,
      `The water takes up ${cubic.text} cubic centimeters.`,
      `In liters that is ${liters.text}.`,
      `So ${jugs.text} jugs are poured in.`,
    ],
    result: jugs.value,
  };
};

const roundRobin: Template = (random) => {
  const game = random.pick(['chess', 'table tennis', 'badminton', 'handball', 'fencing']);
  const players = random.int(5, 14);
  const minutes = random.int(2, 9) * 5;
  const others = equation(players, '-', 1);
  const pairs = equation(players, '*', others.value, '/', 2);
  const time = equation(pairs.value, '*', minutes);
  return {
    question: `At a ${game} tournament ${players} entrants meet, and any 2 of them meet exactly 1 time. A match is given ${minutes} minutes, and there is a single place to play. How many minutes of play must be planned?`,
    steps: [
      `Everybody has ${others.text} opponents.`,
      `Every match counts for both sides, which makes ${pairs.text} matches.`,
      `They need ${time.text} minutes.`,
    ],
    result: time.value,
  };
};

const pageDigits: Template = (random) => {
  const printed = random.pick(['catalogue', 'diary', 'songbook', 'yearbook', 'atlas']);
  const last = random.int(24, 98);
  const twoDigit = equation(last, '-', 9);
  const digits = equation(twoDigit.value, '*', 2);
  const all = equation(9, '+', digits.value);
  return {
    question: `The pages of a ${printed} are numbered from 1 to ${last}. The first 9 numbers have 1 digit, all later ones have 2. How many digits does the printer set for the page numbers?`,
    steps: [
      `Numbers with two digits are ${twoDigit.text}.`,
      `They take ${digits.text} digits.`,
      `With the first nine that makes ${all.text} digits.`,
    ],
    result: all.value,
  };
};

const catchingUp: Template = (random, { name }, { name: chaser }) => {
  const sport = random.pick(['on skates', 'by bicycle', 'on a pony', 'in a kayak', 'on a scooter']);
  const slow = random.int(5, 15);
  const gain = random.int(2, 8);
  const minutes = random.int(3, 15);
  const fast = slow + gain;
  const lead = gain * minutes;
  const closing = equation(fast, '-', slow);
  const time = equation(lead, '/', closing.value);
  const way = equation(time.value, '*', fast);
  return {
    question: `${name} is ${lead} meters ahead and moves ${slow} meters every second. ${chaser} follows ${sport} and moves ${fast} meters every second. How many meters does ${chaser} cover until the two are level?`,
    steps: [
      `The lead shrinks by ${closing.text} meters every second.`,
      `It is gone after ${time.text} seconds.`,
      `Until then ${chaser} covers ${way.text} meters.`,
    ],
    result: way.value,
  };
};

const meetingHalfway: Template = (random, { name }, { name: other }) => {
  const walkers = random.pick(['hiker', 'rider', 'skier', 'paddler', 'runner']);
  const a = random.int(3, 12);
  const b = random.int(3, 12);
  const hours = random.int(2, 6);
  const apart = (a + b) * hours;
  if (a === b) return null;
  const together = equation(a, '+', b);
  const time = equation(apart, '/', together.value);
  const way = equation(time.value, '*', a);
  return {
    question: `Two cabins are ${apart} kilometers apart. At dawn ${name} leaves one and ${other} leaves the other, each towards the other cabin. As a ${walkers}, ${name} makes ${a} kilometers in an hour and ${other} makes ${b}. How far from the first cabin do they meet?`,
    steps: [
      `Every hour the gap between them closes by ${together.text} kilometers.`,
      `They meet after ${time.text} hours.`,
      `By then ${name} has come ${way.text} kilometers.`,
    ],
    result: way.value,
  };
};

const ratioShares: Template = (random, { name }, { name: partner }) => {
  const source = random.pick([
    'a raffle prize',
    'the sale of an old van',
    'a street concert',
    'a patent',
    'a joint painting',
  ]);
  const mine = random.int(2, 7);
  const theirs = random.int(2, 9);
  const part = random.int(11, 60);
  if (mine >= theirs) return null;
  const sum = (mine + theirs) * part;
  const parts = equation(mine, '+', theirs);
  const one = equation(sum, '/', parts.value);
  const more = equation(theirs, '-', mine);
  const gap = equation(one.value, '*', more.value);
  return {
    question: `${name} and ${partner} divide $${sum} from ${source} in the ratio ${mine} to ${theirs}. By how many dollars is the share of ${partner} the larger one?`,
    steps: [
      `The money is cut into ${parts.text} parts.`,
      `A part is worth ${one.money}.`,
      `${partner} gets ${more.text} parts more.`,
      `That is a difference of ${gap.money}.`,
    ],
    result: gap.value,
  };
};

const tablets: Template = (random, { name }) => {
  const remedy = random.pick(['tablets', 'capsules', 'lozenges', 'drops of a tincture']);
  const every = random.pick([3, 4, 6, 8, 12]);
  const dose = random.int(2, 5);
  const days = random.int(5, 14);
  const spare = random.int(3, 17);
  const daily = equation(24, '/', every);
  const perDay = equation(daily.value, '*', dose);
  const used = equation(perDay.value, '*', days);
  const full = used.value + spare;
  const left = equation(full, '-', used.value);
  return {
    question: `A pharmacist hands ${name} a bottle with ${full} ${remedy}. The label says: ${dose} every ${every} hours, day and night, for ${days} days. A day has 24 hours. What remains in the bottle at the end of the cure?`,
    steps: [
      `A day has ${daily.text} doses.`,
      `They add up to ${perDay.text} a day.`,
      `The cure uses ${used.text}.`,
      `In the bottle remain ${left.text}.`,
    ],
    result: left.value,
  };
};

const recipeScaling: Template = (random, { name, he }) => {
  const dish = random.pick(['pancakes', 'risotto', 'goulash', 'fruit salad', 'lentil soup', 'curry']);
  const [ingredient, unit] = random.pick([
    ['milk', 'milliliters'],
    ['rice', 'grams'],
    ['stock', 'milliliters'],
    ['butter', 'grams'],
  ] as const);
  const serves = random.pick([2, 3, 4, 5]);
  const each = random.int(3, 18) * 10;
  const people = random.int(6, 20);
  const has = random.int(2, 9) * 50;
  const amount = serves * each;
  const portion = equation(amount, '/', serves);
  const needed = equation(portion.value, '*', people);
  if (needed.value <= has) return null;
  const missing = equation(needed.value, '-', has);
  return {
    question: `A cookbook gives ${dish} for ${serves} with ${amount} ${unit} of ${ingredient}. ${name} expects ${people} at the table and finds ${has} ${unit} of ${ingredient} at home. How many ${unit} must ${he} still get?`,
    steps: [
      `One portion takes ${portion.text} ${unit}.`,
      `For everybody that is ${needed.text} ${unit}.`,
      `Missing are ${missing.text} ${unit}.`,
    ],
    result: missing.value,
  };
};

const trainTimetable: Template = (random, { name }) => {
  const direction = random.pick(['north', 'to the airport', 'along the river', 'over the pass', 'south']);
  const hours = random.int(2, 7);
  const more = random.int(1, 11) * 5;
  const stops = random.int(3, 9);
  const wait = random.int(2, 6);
  const whole = equation(hours, '*', 60);
  const total = equation(whole.value, '+', more);
  const waited = equation(stops, '*', wait);
  const moving = equation(total.value, '-', waited.value);
  return {
    question: `The train ${direction} needs ${hours} hours and ${more} minutes from end to end. It halts at ${stops} stations for ${wait} minutes each. For how many minutes does the train that ${name} takes actually move?`,
    steps: [
      `The full hours are ${whole.text} minutes.`,
      `From end to end it takes ${total.text} minutes.`,
      `It stands for ${waited.text} minutes.`,
      `It moves for ${moving.text} minutes.`,
    ],
    result: moving.value,
  };
};

const consecutiveNumbers: Template = (random, { name }) => {
  const what = random.pick(['house numbers', 'locker numbers', 'seat numbers', 'raffle tickets']);
  const middle = random.int(12, 180);
  const sum = middle * 3;
  const centre = equation(sum, '/', 3);
  const largest = equation(centre.value, '+', 1);
  return {
    question: `The ${what} of ${name} and 2 friends follow one another without a gap: each is 1 higher than the one before. The 3 of them add up to ${sum}. What is the highest?`,
    steps: [`The middle one is ${centre.text}.`, `The highest is ${largest.text}.`],
    result: largest.value,
  };
};

const towerStairs: Template = (random, { name, he }) => {
  const building = random.pick(['lighthouse', 'clock tower', 'minaret', 'ski jump', 'castle keep']);
  const step = random.pick([15, 16, 18, 20, 25]);
  const flights = random.int(4, 12);
  const perFlight = random.int(9, 24);
  const climbed = random.int(2, 3);
  const steps = equation(flights, '*', perFlight);
  const height = equation(steps.value, '*', step);
  const done = equation(climbed, '*', perFlight);
  const rest = equation(steps.value, '-', done.value);
  return random.int(0, 1) === 0
    ? {
        question: `The stairs of a ${building} have ${flights} flights with ${perFlight} steps in each. A step is ${step} cm high. How many centimeters higher is ${name} at the top?`,
        steps: [`There are ${steps.text} steps.`, `They rise by ${height.text} cm.`],
        result: height.value,
      }
    : {
        question: `${name} climbs the ${flights} flights of a ${building}, each of ${perFlight} steps. After ${climbed} flights ${he} rests on a bench. How many steps are still above the bench?`,
        steps: [
          `From bottom to top there are ${steps.text} steps.`,
          `Below the bench are ${done.text} steps.`,
          `Above it are ${rest.text} steps.`,
        ],
        result: rest.value,
      };
};

const floorTiles: Template = (random, { name }) => {
  const place = random.pick(['bathroom', 'balcony', 'kitchen', 'winter garden', 'entrance']);
  const side = random.pick([20, 25, 50]);
  const across = random.int(6, 18);
  const along = random.int(7, 20);
  const boxSize = random.pick([6, 8, 10, 12]);
  const width = across * side;
  const length = along * side;
  const row = equation(width, '/', side);
  const rows = equation(length, '/', side);
  const tiles = equation(row.value, '*', rows.value);
  if (tiles.value % boxSize !== 0) return null;
  const boxes = equation(tiles.value, '/', boxSize);
  return {
    question: `The floor of ${name}'s ${place} measures ${width} cm by ${length} cm and is to be covered with square tiles of ${side} cm. Tiles are packed by ${boxSize}. How many packs cover the floor?`,
    steps: [
      `Across the floor lie ${row.text} tiles.`,
      `There are ${rows.text} such rows.`,
      `That is ${tiles.text} tiles.`,
      `They come in ${boxes.text} packs.`,
    ],
    result: boxes.value,
  };
};

const phonePlan: Template = (random, { name }) => {
  const service = random.pick(['A phone contract', 'An internet café card', 'A car-sharing plan', 'A coworking pass']);
  const free = random.int(3, 12) * 10;
  const over = random.int(11, 60);
  const cents = random.int(3, 9) * 10;
  const base = random.int(9, 29) * 100;
  const used = free + over;
  const extra = equation(used, '-', free);
  const charge = equation(extra.value, '*', cents);
  const bill = equation(base, '+', charge.value);
  return {
    question: `${service} costs ${base} cents a month and includes ${free} minutes. Each further minute adds ${cents} cents. In May ${name} used ${used} minutes. How many cents were due for May?`,
    steps: [
      `Not included were ${extra.text} minutes.`,
      `They cost ${charge.text} cents.`,
      `Due were ${bill.text} cents.`,
    ],
    result: bill.value,
  };
};

const outfits: Template = (random, { name, his }) => {
  const [upper, lower, third] = random.pick([
    ['shirts', 'skirts', 'hats'],
    ['masks', 'cloaks', 'swords'],
    ['jerseys', 'shorts', 'caps'],
    ['waistcoats', 'trousers', 'ties'],
  ] as const);
  const a = random.int(3, 9);
  const b = random.int(3, 8);
  const c = random.int(2, 6);
  const spoilt = random.int(3, 12);
  const two = equation(a, '*', b);
  const all = equation(two.value, '*', c);
  const allowed = equation(all.value, '-', spoilt);
  return {
    question: `${name} owns ${a} ${upper}, ${b} ${lower} and ${c} ${third}, and always puts on one of each. ${spoilt} of the possible outfits clash so badly that ${his} friends forbid them. How many different outfits can ${name} wear?`,
    steps: [
      `The ${upper} and ${lower} make ${two.text} pairs.`,
      `With the ${third} there are ${all.text} outfits.`,
      `Allowed are ${allowed.text} of them.`,
    ],
    result: allowed.value,
  };
};

const doubling: Template = (random) => {
  const thing = random.pick(['yeast cells', 'bacteria', 'water lilies', 'duckweed leaves']);
  const start = random.int(3, 40);
  const period = random.pick(['hour', 'day', 'night', 'minute']);
  const first = equation(start, '*', 2);
  const second = equation(first.value, '*', 2);
  const third = equation(second.value, '*', 2);
  const taken = random.int(2, start - 1);
  const left = equation(third.value, '-', taken);
  return {
    question: `The number of ${thing} in a basin grows to 2 times as many with each ${period}. There are ${start} of them at first. After the third ${period}, ${taken} are taken out. How many ${thing} stay in the basin?`,
    steps: [
      `After one ${period} there are ${first.text}.`,
      `After two there are ${second.text}.`,
      `After three there are ${third.text}.`,
      `Then ${left.text} stay in the basin.`,
    ],
    result: left.value,
  };
};

const commission: Template = (random, { name }) => {
  const goods = random.pick(['carpets', 'bicycles', 'pianos', 'garden sheds', 'solar panels', 'watches']);
  const base = random.int(5, 18) * 100;
  const percent = random.pick([2, 3, 4, 5, 8]);
  const each = random.int(3, 20) * 100;
  const sold = random.int(4, 15);
  const turnover = equation(sold, '*', each);
  const share = equation(turnover.value, '*', percent, '/', 100);
  const wage = equation(base, '+', share.value);
  return {
    question: `As a seller of ${goods} ${name} has a fixed monthly wage of $${base} and a commission of ${percent}% on everything sold. In June ${name} sold ${sold} ${goods} at $${each} each. What did June bring in all?`,
    steps: [
      `The ${goods} sold for ${turnover.money}.`,
      `The commission is ${share.money}.`,
      `June brought ${wage.money}.`,
    ],
    result: wage.value,
  };
};

const survey: Template = (random) => {
  const [asked, place] = random.pick([
    ['commuters', 'a railway station'],
    ['students', 'a college'],
    ['visitors', 'a museum'],
    ['voters', 'a town hall'],
  ] as const);
  const count = random.int(3, 18) * 20;
  const first = random.pick([20, 25, 30, 35, 40]);
  const second = random.pick([10, 15, 20, 45]);
  const [yes, no] = random.pick([
    ['tea', 'coffee'],
    ['the sea', 'the hills'],
    ['trains', 'planes'],
    ['jazz', 'opera'],
  ] as const);
  const together = equation(first, '+', second);
  const others = equation(100, '-', together.value);
  const rest = equation(count, '*', others.value, '/', 100);
  return {
    question: `At ${place}, ${count} ${asked} are asked what they prefer. ${first}% say ${yes}, ${second}% say ${no}, and all others have no opinion. How many ${asked} have no opinion?`,
    steps: [
      `Those with an opinion are ${together.text}%.`,
      `Those without one are ${others.text}%.`,
      `These are ${rest.text} ${asked}.`,
    ],
    result: rest.value,
  };
};

const fuel: Template = (random, { name }) => {
  const vehicle = random.pick(['camper', 'delivery van', 'motorboat', 'tractor', 'old saloon']);
  const perHundred = random.int(6, 19);
  const hundreds = random.int(3, 12);
  const price = random.int(2, 3);
  const tank = random.int(5, 17);
  const distance = hundreds * 100;
  const parts = equation(distance, '/', 100);
  const burnt = equation(parts.value, '*', perHundred);
  const bought = equation(burnt.value, '-', tank);
  const cost = equation(bought.value, '*', price);
  return {
    question: `${name}'s ${vehicle} burns ${perHundred} liters of fuel per 100 kilometers. A tour of ${distance} kilometers begins with ${tank} liters in the tank and ends with an empty one. Fuel costs $${price} a liter. What did the fuel bought on the tour cost?`,
    steps: [
      `The tour has ${parts.text} stretches of a hundred kilometers.`,
      `It burns ${burnt.text} liters.`,
      `Bought were ${bought.text} liters.`,
      `They cost ${cost.money}.`,
    ],
    result: cost.value,
  };
};

const coinJar: Template = (random, { name }) => {
  const [high, highName] = random.pick([
    [25, 'quarters'],
    [50, 'half dollars'],
  ] as const);
  const [low, lowName] = random.pick([
    [5, 'nickels'],
    [10, 'dimes'],
  ] as const);
  const nHigh = random.int(6, 30);
  const nLow = random.int(8, 45);
  const paid = random.int(3, 9) * 15;
  const ofHigh = equation(nHigh, '*', high);
  const ofLow = equation(nLow, '*', low);
  const all = equation(ofHigh.value, '+', ofLow.value);
  const left = equation(all.value, '-', paid);
  return {
    question: `A jar holds ${nHigh} ${highName} of ${high} cents and ${nLow} ${lowName} of ${low} cents. ${name} takes out coins worth ${paid} cents for the parking meter. Coins of what value, in cents, are in the jar afterwards?`,
    steps: [
      `The ${highName} are worth ${ofHigh.text} cents.`,
      `The ${lowName} are worth ${ofLow.text} cents.`,
      `That made ${all.text} cents.`,
      `Afterwards ${left.text} cents are in the jar.`,
    ],
    result: left.value,
  };
};

const leagueTable: Template = (random) => {
  const [team, sport] = random.pick([
    ['The Otters', 'football'],
    ['The Falcons', 'hockey'],
    ['The Badgers', 'water polo'],
    ['The Comets', 'floorball'],
  ] as const);
  const won = random.int(6, 18);
  const drawn = random.int(2, 9);
  const lost = random.int(2, 10);
  const penalty = random.int(2, 5);
  const games = won + drawn + lost;
  const decided = equation(games, '-', drawn, '-', lost);
  const fromWins = equation(decided.value, '*', 3);
  const points = equation(fromWins.value, '+', drawn);
  const final = equation(points.value, '-', penalty);
  return {
    question: `${team} played ${games} ${sport} games this season, drew ${drawn} and lost ${lost}. A win is worth 3 points and a draw 1 point. For a late form the league took ${penalty} points away. With how many points did they finish?`,
    steps: [
      `They won ${decided.text} games.`,
      `Their wins are worth ${fromWins.text} points.`,
      `With the draws they had ${points.text} points.`,
      `They finished with ${final.text} points.`,
    ],
    result: final.value,
  };
};

const burningCandle: Template = (random, { name }) => {
  const kind = random.pick(['a beeswax candle', 'an altar candle', 'an incense stick', 'a torch', 'a fuse']);
  const rate = random.int(3, 14);
  const hours = random.int(3, 9);
  const stump = random.int(8, 40);
  const length = rate * hours + stump;
  const gone = equation(length, '-', stump);
  const burnt = equation(gone.value, '/', rate);
  return {
    question: `${name} lights ${kind} of ${length} millimeters. It gets ${rate} millimeters shorter every hour and is put out when ${stump} millimeters are left. How many hours did it burn?`,
    steps: [`It lost ${gone.text} millimeters.`, `It burned for ${burnt.text} hours.`],
    result: burnt.value,
  };
};

const secretNumber: Template = (random, { name, his }) => {
  const secret = random.int(6, 45);
  const times = random.int(3, 9);
  const added = random.int(4, 38);
  const told = secret * times + added;
  const before = equation(told, '-', added);
  const found = equation(before.value, '/', times);
  return {
    question: `${name} thinks of a number, multiplies it by ${times} and adds ${added} to the product. What comes out is ${told}. What was ${his} number?`,
    steps: [`Before the addition it was ${before.text}.`, `The number was ${found.text}.`],
    result: found.value,
  };
};

const coolingDown: Template = (random) => {
  const thing = random.pick(['A kiln', 'A pot of jam', 'A steel bar', 'A loaf from the oven', 'A glass vase']);
  const room = random.int(15, 25);
  const perStep = random.int(4, 16);
  const steps = random.int(5, 14);
  const every = random.int(2, 9);
  const hot = room + perStep * steps;
  const drop = equation(hot, '-', room);
  const times = equation(drop.value, '/', perStep);
  const minutes = equation(times.value, '*', every);
  return {
    question: `${thing} has ${hot} degrees and stands in a room of ${room} degrees. Every ${every} minutes it loses ${perStep} degrees, until it is as warm as the room. After how many minutes is that?`,
    steps: [
      `It has to lose ${drop.text} degrees.`,
      `That is ${times.text} drops.`,
      `They take ${minutes.text} minutes.`,
    ],
    result: minutes.value,
  };
};

export const REPORT_TEMPLATES: readonly Template[] = [
  ...[headsAndLegs, exchangeOffice, simpleInterest, restaurantTip, paintedWalls, aquarium, roundRobin],
  ...[pageDigits, catchingUp, meetingHalfway, ratioShares, tablets, recipeScaling, trainTimetable],
  ...[consecutiveNumbers, towerStairs, floorTiles, phonePlan, outfits, doubling, commission, survey, fuel],
  ...[coinJar, leagueTable, burningCandle, secretNumber, coolingDown],
];

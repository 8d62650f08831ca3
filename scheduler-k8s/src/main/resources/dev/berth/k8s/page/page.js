"use strict";
// The live page: a map of the cluster, who waits, what is being decided. Reads only; asks nobody but the server it came from.
(() => {
  const POLL_MILLIS = 5000;
  // After a decision the view is asked for soon, but not more often than this.
  const LEAST_MILLIS = 1500;
  const FLASH_MILLIS = 1600;
  const FEED_MOST = 200;
  const SIZES = [2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 19, 24];
  // Below it single GPUs are hard to tell apart; only who asks for it gets it.
  const SMALLEST = 1;
  const ROWS = 16;
  const KINDS = {
    placed: "●", bound: "■", refused: "✕", freed: "○", healed: "✚", repaired: "↻", stuck: "!", preempted: "↯", broken: "!", leading: "★", following: "☆",
  };

  const $ = (id) => document.getElementById(id);
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const number = (n) => n.toLocaleString("en-US");
  const plural = (n, noun) => `${number(n)} ${noun}${n === 1 ? "" : "s"}`;
  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };

  // ---- colours ----

  const colours = {};
  const darkSystem = matchMedia("(prefers-color-scheme: dark)");
  const THEMES = ["system", "light", "dark"];
  let theme = "system";
  try {
    const kept = localStorage.getItem("berth-colours");
    if (THEMES.includes(kept)) theme = kept;
  } catch {
    // Storage may be forbidden; then the choice lasts as long as the page.
  }

  function applyTheme() {
    const dark = theme === "dark" || (theme === "system" && darkSystem.matches);
    document.documentElement.toggleAttribute("data-dark", dark);
    $("theme").textContent = `Colours: ${theme}`;
    $("theme").title = `Colours: ${theme === "system" ? "as the system has them" : theme} (t)`;
    const style = getComputedStyle(document.documentElement);
    for (const name of ["panel", "ink", "muted", "line", "free", "whole", "share", "over", "off", "flash"]) {
      colours[name] = style.getPropertyValue(`--${name}`).trim();
    }
    hatch = null;
    draw();
  }

  function nextTheme() {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    try {
      localStorage.setItem("berth-colours", theme);
    } catch {
      // See above.
    }
    applyTheme();
  }

  // ---- what is there ----

  let view = null;
  let nodes = [];
  let byName = new Map();
  let tag = null;
  // How far the server's clock is ahead of this one, in ms.
  let clockAhead = 0;

  // How a state is drawn: what it means for those who look, whatever it is called.
  function lookOf(state) {
    if (state === "READY") return "ready";
    if (state === "OVERCOMMITTED") return "over";
    return /drain|cordon|unschedulable|taint/i.test(state) ? "drain" : "down";
  }

  function read(json) {
    const looks = json.states.map(lookOf);
    // A node need not stand in a domain of every tier.
    const domains = json.places.map(([, ...tiers]) => tiers.filter(Boolean));
    const sums = json.held.map((held) => held.reduce((a, b) => a + b, 0));
    nodes = json.nodes.map(([name, place, model, state, held, islands], index) => ({
      index, name, state: json.states[state], look: looks[state], model: json.models[model], held: json.held[held], sum: sums[held],
      islands: json.islands[islands], rack: json.places[place][0], domains: domains[place], place,
      text: [name, json.models[model], json.states[state], ...json.places[place]].join("\n").toLowerCase(),
      x: 0, y: 0, width: 0,
    }));
    byName = new Map(nodes.map((node) => [node.name, node]));
    view = json;
  }

  function totals() {
    let gpus = 0, held = 0, free = 0, shared = 0, whole = 0, out = 0, over = 0;
    for (const node of nodes) {
      if (node.look === "over") over++;
      if (node.look === "drain" || node.look === "down") {
        out++;
        continue;
      }
      gpus += node.held.length;
      held += node.sum;
      let freeHere = 0;
      for (const milli of node.held) {
        if (milli === 0) freeHere++;
        else if (milli < 1000) shared += 1000 - milli;
      }
      free += freeHere;
      if (freeHere > 0 && freeHere === node.held.length) whole++;
    }
    $("gpus").textContent = number(gpus);
    $("nodes").textContent = `on ${plural(nodes.length - out, "node")}${out ? ` (and ${number(out)} out)` : ""}`;
    $("held").textContent = number(Math.round(held / 100) / 10);
    $("heldNote").textContent = (gpus ? `${percent(held / 1000 / gpus)} %` : "") + (over ? `, ${plural(over, "node")} overcommitted` : "");
    $("heldNote").className = over ? "alert" : "";
    $("free").textContent = number(free);
    $("freeNote").textContent = shared ? `and ${number(Math.round(shared / 100) / 10)} in parts` : "whole ones";
    $("whole").textContent = number(whole);
    $("wholeNote").textContent = `of ${number(nodes.length - out)}`;
    const { pods, gangs } = view.waiting;
    $("waits").textContent = number(pods + gangs);
    $("waitsNote").textContent = pods + gangs ? `${plural(gangs, "gang")}, ${plural(pods, "pod")}` : "nobody";
  }

  // All and nothing are said of all and nothing only.
  function percent(fraction) {
    const value = Math.round(fraction * 1000) / 10;
    if (value >= 100 && fraction < 1) return "99.9";
    if (value <= 0 && fraction > 0) return "0.1";
    return value.toFixed(1);
  }

  // ---- layout: groups by the topmost domain, in them blocks by rack or lowest domain, in them a row for each node ----

  let groups = [];
  let layout = { height: 0, size: SIZES[0], blocks: [], titles: [] };
  let zoom = 0;

  function arrange() {
    const perRack = new Map();
    for (const [rack, ...tiers] of view.places) {
      if (!perRack.has(rack)) perRack.set(rack, new Set());
      perRack.get(rack).add(tiers.find(Boolean));
    }
    const blocks = new Map();
    for (const node of nodes) {
      const lowest = node.domains[0];
      const top = node.domains.length ? node.domains[node.domains.length - 1] : "";
      const block = node.rack ?? lowest;
      // Without any name, pieces of a size that the eye can count.
      const key = block === undefined ? `\n${Math.floor(node.index / (2 * ROWS))}` : `${top}\n${node.rack ?? ""}\n${lowest ?? ""}`;
      if (!blocks.has(key)) {
        const shared = node.rack !== null && lowest !== undefined && perRack.get(node.rack).size > 1;
        blocks.set(key, { label: block === undefined ? "" : shared ? `${node.rack} · ${lowest}` : block, top, nodes: [] });
      }
      blocks.get(key).nodes.push(node);
    }
    const tops = new Map();
    for (const block of blocks.values()) {
      if (!tops.has(block.top)) tops.set(block.top, []);
      tops.get(block.top).push(block);
    }
    // A frame around each single rack says nothing.
    const grouped = tops.size * 1.5 <= blocks.size;
    groups = grouped ? [...tops].map(([name, inside]) => ({ name, blocks: inside })) : [{ name: "", blocks: [...blocks.values()] }];
    for (const group of groups) {
      group.nodes = group.blocks.reduce((sum, block) => sum + block.nodes.length, 0);
      for (const block of group.blocks) {
        block.columns = block.nodes.length <= ROWS + 4 ? 1 : Math.ceil(block.nodes.length / ROWS);
        block.rows = Math.ceil(block.nodes.length / block.columns);
        block.gpus = Math.max(1, ...block.nodes.map((node) => node.held.length));
        block.gaps = Math.max(0, ...block.nodes.map((node) => islandGaps(node).length));
        block.longest = Math.max(...block.nodes.map((node) => node.name.length));
      }
    }
    place();
  }

  // Where one island ends and the next begins; GPUs without any links are no islands.
  function islandGaps(node) {
    const { islands } = node;
    if (node.gaps) return node.gaps;
    const gaps = [];
    if (new Set(islands).size < islands.length) {
      for (let i = 1; i < islands.length; i++) if (islands[i] !== islands[i - 1]) gaps.push(i);
    }
    node.gaps = gaps;
    return gaps;
  }

  const metrics = (size) => ({
    size, cell: size + (size < 3 ? 0 : size < 8 ? 1 : 2), row: size + (size < 4 ? 1 : size < 8 ? 2 : size < 15 ? 4 : 6),
    mark: size < 4 ? 6 : Math.max(6, Math.min(size, 11)) + 2, island: size < 8 ? 2 : 4, names: size >= 12, letter: size >= 15 ? 7.2 : 6.6,
  });

  function blockWidth(block, m, width) {
    const name = m.names ? Math.min(Math.min(block.longest, 30) * m.letter + 8, width * 0.45) : 0;
    const row = m.mark + name + block.gpus * m.cell + block.gaps * m.island;
    return { name, row, width: block.columns * (row + 8) + (m.size < 4 ? 0 : 4) };
  }

  // Walks over all blocks at a size; stops where it becomes higher than allowed.
  function flow(size, width, highest, put, title) {
    const m = metrics(size);
    const head = 15;
    let y = 2;
    for (const group of groups) {
      if (group.name) {
        if (title) title(group, y);
        y += 23;
      }
      let x = 0;
      let rowHeight = 0;
      for (const block of group.blocks) {
        const w = blockWidth(block, m, width);
        const height = (block.label ? head : 3) + block.rows * m.row + 5;
        if (x > 0 && x + w.width > width) {
          x = 0;
          y += rowHeight + 7;
          rowHeight = 0;
        }
        if (put) put(block, x, y, w, height, m, head);
        x += w.width + 7;
        rowHeight = Math.max(rowHeight, height);
        if (y + rowHeight > highest) return y + rowHeight;
      }
      y += rowHeight + 13;
    }
    return y;
  }

  function place() {
    const box = $("map");
    const width = Math.max(200, $("extent").clientWidth);
    const room = Math.max(380, innerHeight - 268);
    let chosen = SIZES.length - 1;
    while (chosen > SMALLEST && flow(SIZES[chosen], width, room) > room) chosen--;
    chosen = Math.max(0, Math.min(SIZES.length - 1, chosen + zoom));
    const blocks = [];
    const titles = [];
    const height = flow(SIZES[chosen], width, Infinity, (block, x, y, w, h, m, head) => {
      blocks.push({ block, x, y, width: w.width, height: h, name: w.name });
      block.nodes.forEach((node, i) => {
        node.x = x + 5 + Math.floor(i / block.rows) * (w.row + 8);
        node.y = y + (block.label ? head : 4) + (i % block.rows) * m.row;
        node.width = w.row;
        node.nameWidth = w.name;
      });
    }, (group, y) => titles.push({ group, y }));
    layout = { height, size: SIZES[chosen], blocks, titles, m: metrics(SIZES[chosen]), index: chosen };
    $("extent").style.height = `${Math.ceil(height)}px`;
    $("smaller").disabled = chosen === 0;
    $("larger").disabled = chosen === SIZES.length - 1;
    box.dataset.nodes = String(nodes.length);
    box.dataset.size = String(SIZES[chosen]);
    draw();
  }

  // ---- drawing: the canvas is as high as the window on the map, and drawn anew when that is moved ----

  let hatch = null;
  let drawAsked = false;

  function draw() {
    if (drawAsked || !view) return;
    drawAsked = true;
    requestAnimationFrame(() => {
      drawAsked = false;
      drawBase();
      drawOver();
    });
  }

  function fit(canvas) {
    const box = $("map");
    const ratio = Math.min(devicePixelRatio || 1, 2);
    const width = $("extent").clientWidth;
    const height = Math.min(box.clientHeight, Math.ceil(layout.height));
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    // The sheet sticks to the top of the window, but not beyond the end of the map.
    const top = Math.max(0, Math.min(box.scrollTop, layout.height - height));
    context.translate(0, -top);
    return { context, top, height, width };
  }

  function hatching(context) {
    if (hatch) return hatch;
    const tile = document.createElement("canvas");
    tile.width = tile.height = 4;
    const pen = tile.getContext("2d");
    pen.strokeStyle = colours.off;
    pen.lineWidth = 1.1;
    pen.beginPath();
    for (const d of [-4, 0, 4]) {
      pen.moveTo(d - 1, 5);
      pen.lineTo(d + 5, -1);
    }
    pen.stroke();
    hatch = context.createPattern(tile, "repeat");
    return hatch;
  }

  function drawBase() {
    const { context, top, height, width } = fit($("base"));
    const { m } = layout;
    context.textBaseline = "alphabetic";
    for (const { group, y } of layout.titles) {
      if (y + 24 < top || y > top + height) continue;
      context.font = "600 13px system-ui, sans-serif";
      context.fillStyle = colours.ink;
      context.fillText(group.name, 1, y + 14);
      const end = context.measureText(group.name).width;
      context.font = "12px system-ui, sans-serif";
      context.fillStyle = colours.muted;
      context.fillText(clipped(context, summary(group), width - end - 14), end + 10, y + 14);
      context.fillStyle = colours.line;
      context.fillRect(0, y + 19, width, 1);
    }
    for (const { block, x, y, width: w, height: h } of layout.blocks) {
      if (y + h < top || y > top + height) continue;
      context.globalAlpha = 1;
      context.strokeStyle = colours.line;
      context.lineWidth = 1;
      context.beginPath();
      context.roundRect(x + 0.5, y + 0.5, w - 1, h - 1, 4);
      context.stroke();
      if (block.label) {
        context.font = "600 10.5px system-ui, sans-serif";
        context.fillStyle = colours.muted;
        context.fillText(clipped(context, block.label, w - 8), x + 5, y + 11.5);
      }
      for (const node of block.nodes) drawNode(context, node, m);
    }
    context.globalAlpha = 1;
  }

  function summary(group) {
    let gpus = 0, held = 0, whole = 0;
    for (const block of group.blocks) {
      for (const node of block.nodes) {
        if (node.look === "drain" || node.look === "down") continue;
        gpus += node.held.length;
        held += node.sum;
        if (node.sum === 0) whole++;
      }
    }
    return `${plural(group.nodes, "node")}${gpus ? `, ${percent(held / 1000 / gpus)} % held` : ""}${whole ? `, ${number(whole)} wholly free` : ""}`;
  }

  function clipped(context, text, width) {
    if (context.measureText(text).width <= width) return text;
    let short = text;
    while (short.length > 1 && context.measureText(`${short}…`).width > width) short = short.slice(0, -1);
    return `${short}…`;
  }

  function drawNode(context, node, m) {
    const dim = matches !== null && !matches.has(node.name);
    context.globalAlpha = dim ? 0.16 : 1;
    let { x } = node;
    const { y } = node;
    if (node.look !== "ready") mark(context, node.look, x, y, m);
    x += m.mark;
    if (m.names) {
      context.font = `${m.size >= 15 ? 12 : 11}px system-ui, sans-serif`;
      context.fillStyle = colours.ink;
      context.fillText(clipped(context, node.name, node.nameWidth - 6), x, y + m.size / 2 + 4);
      x += node.nameWidth;
    }
    const gaps = islandGaps(node);
    const off = node.look === "drain" || node.look === "down";
    let next = 0;
    for (let i = 0; i < node.held.length; i++) {
      if (next < gaps.length && gaps[next] === i) {
        x += m.island;
        next++;
      }
      const milli = node.held[i];
      if (milli < 1000) {
        context.fillStyle = off ? hatching(context) : colours.free;
        context.fillRect(x, y, m.size, m.size);
      }
      if (milli > 0) {
        // A share is at least a line, and never looks whole.
        const part = milli >= 1000 ? m.size : Math.min(m.size - 1, Math.max(1, Math.round((m.size * milli) / 1000)));
        context.fillStyle = milli > 1000 ? colours.over : milli === 1000 ? colours.whole : colours.share;
        context.fillRect(x, y + m.size - part, m.size, part);
      }
      x += m.cell;
    }
    if (node.look === "over") {
      context.strokeStyle = colours.over;
      context.lineWidth = 1;
      context.strokeRect(node.x + m.mark + (m.names ? node.nameWidth : 0) - 1.5, y - 1.5, x - m.cell + m.size - node.x - m.mark - (m.names ? node.nameWidth : 0) + 3, m.size + 3);
    }
  }

  function mark(context, look, x, y, m) {
    const d = m.mark - 3;
    const top = y + (m.size - d) / 2;
    context.fillStyle = context.strokeStyle = look === "over" ? colours.over : colours.off;
    context.beginPath();
    if (look === "over") {
      context.moveTo(x + d / 2, top);
      context.lineTo(x + d, top + d);
      context.lineTo(x, top + d);
      context.closePath();
      context.fill();
    } else if (look === "drain") {
      context.fillRect(x, top + d * 0.3, d, Math.max(2, d * 0.4));
    } else {
      context.lineWidth = d < 6 ? 1.3 : 2;
      context.moveTo(x + 0.5, top + 0.5);
      context.lineTo(x + d - 0.5, top + d - 0.5);
      context.moveTo(x + d - 0.5, top + 0.5);
      context.lineTo(x + 0.5, top + d - 0.5);
      context.stroke();
    }
  }

  // What comes and goes: where one is, where the pointer is, what was just decided.
  const flashes = new Map();
  let flashing = false;
  let selected = null;
  let hovered = null;

  function drawOver() {
    const { context, top, height } = fit($("over"));
    const { m } = layout;
    const frame = (node, colour, line, alpha) => {
      if (node.y + m.row < top || node.y > top + height) return;
      context.globalAlpha = alpha;
      context.strokeStyle = colour;
      context.lineWidth = line;
      const grow = line / 2 + 0.5;
      context.strokeRect(node.x - grow, node.y - grow, node.width - (m.cell - m.size) + 2 * grow, m.size + 2 * grow);
    };
    const now = performance.now();
    for (const [name, since] of flashes) {
      const age = (now - since) / FLASH_MILLIS;
      const node = byName.get(name);
      if (age >= 1 || !node) flashes.delete(name);
      else frame(node, colours.flash, 1.5, calm.matches ? 0.8 : 1 - age);
    }
    const over = hovered && byName.get(hovered);
    if (over) frame(over, colours.muted, 1, 1);
    const chosen = selected && byName.get(selected);
    if (chosen) frame(chosen, colours.ink, 2, 1);
    if (flashes.size && !flashing) {
      flashing = true;
      // Ten times a second is smooth enough for a fade; without motion, once when it ends.
      setTimeout(() => {
        flashing = false;
        drawOver();
      }, calm.matches ? FLASH_MILLIS : 100);
    }
  }

  // ---- choosing a node ----

  function nodeAt(event) {
    const { m } = layout;
    const box = $("base").getBoundingClientRect();
    const top = Math.max(0, Math.min($("map").scrollTop, layout.height - box.height));
    const x = event.clientX - box.left;
    const y = event.clientY - box.top + top;
    return nodes.find((node) => x >= node.x - 2 && x < node.x + node.width + 2 && y >= node.y - 1 && y < node.y + m.row - 1);
  }

  // The nearest one in a direction: sideways counts more than ahead, so that a row stays a row.
  function neighbour(from, dx, dy) {
    let best = null;
    let least = Infinity;
    for (const node of nodes) {
      const ahead = (node.x - from.x) * dx + (node.y - from.y) * dy;
      if (ahead <= 1) continue;
      const aside = Math.abs(dx ? node.y - from.y : node.x - from.x);
      const distance = ahead + 4 * aside;
      if (distance < least) {
        least = distance;
        best = node;
      }
    }
    return best;
  }

  function select(node, scroll) {
    selected = node.name;
    $("map").dataset.selected = node.name;
    if (scroll) {
      const box = $("map");
      const edge = 40;
      if (node.y < box.scrollTop + edge) box.scrollTop = node.y - edge;
      else if (node.y + layout.m.row > box.scrollTop + box.clientHeight - edge) box.scrollTop = node.y + layout.m.row + edge - box.clientHeight;
    }
    drawOver();
    detail(true);
  }

  const tip = $("tip");

  function showTip(node, event) {
    tip.hidden = !node;
    if (!node) return;
    const free = node.held.filter((milli) => milli === 0).length;
    const state = node.look === "ready" ? "" : `, ${node.state}`;
    tip.textContent = `${node.name}: ${free} of ${plural(node.held.length, "GPU")} free${state}`;
    const width = tip.offsetWidth;
    tip.style.left = `${Math.max(4, Math.min(event.clientX + 12, innerWidth - width - 8))}px`;
    tip.style.top = `${event.clientY + 16 > innerHeight - 40 ? event.clientY - 34 : event.clientY + 16}px`;
  }

  // ---- the panel of one node ----

  let podsOf = null;
  let whyOf = null;
  let detailTimer = 0;

  function detail(fetchNow) {
    const node = selected && byName.get(selected);
    const body = $("detailBody");
    if (!node) {
      if (selected) body.replaceChildren(element("p", "quiet", `${selected} is not there any more.`));
      return;
    }
    $("detailTitle").textContent = "Node";
    const made = [element("h3", "", node.name)];
    const where = [node.model, node.rack && (/rack/i.test(node.rack) ? node.rack : `rack ${node.rack}`), node.domains.join(" › ")].filter(Boolean).join(" · ");
    made.push(element("p", "facts", where));
    if (node.look !== "ready") made.push(element("p", node.look === "over" ? "alert" : "facts", saying(node)));
    made.push(gpuCells(node));
    const list = element("ul", "pods");
    if (podsOf && podsOf.name === node.name) {
      for (const pod of podsOf.first) list.append(podLine(pod));
      if (podsOf.pods > podsOf.first.length) list.append(element("li", "quiet", `and ${plural(podsOf.pods - podsOf.first.length, "pod")} more`));
      if (podsOf.pods === 0) list.append(element("li", "quiet", "Nobody holds anything here."));
    }
    made.push(list);
    if (whyOf && whyOf.node === node.name) made.push(whyOf.element);
    body.replaceChildren(...made);
    if (fetchNow) {
      clearTimeout(detailTimer);
      // Whoever holds an arrow key down wants to get on.
      detailTimer = setTimeout(() => fetchPods(node.name), 120);
    }
  }

  function saying(node) {
    if (node.look === "over") return "Overcommitted: pods hold more than it has.";
    return `Takes nothing new: ${node.state.toLowerCase().replaceAll("_", " ")}.`;
  }

  function gpuCells(node) {
    const list = element("ul", "gpus");
    const gaps = islandGaps(node);
    list.setAttribute("aria-label", "GPUs");
    node.held.forEach((milli, i) => {
      const item = element("li", gaps.includes(i) ? "apart" : "");
      const cell = element("i", milli > 1000 ? "over" : milli === 1000 ? "whole" : "");
      const part = element("b");
      part.style.height = `${Math.min(100, milli / 10)}%`;
      cell.append(part);
      item.append(cell, document.createTextNode(String(i)));
      const held = milli === 0 ? "free" : milli === 1000 ? "held" : `${milli / 10} % held`;
      item.title = `GPU ${i}: ${held}`;
      item.setAttribute("aria-label", `GPU ${i} ${held}`);
      list.append(item);
    });
    return list;
  }

  function podLine(pod) {
    const item = element("li");
    const name = pod.namespace ? `${pod.namespace}/${pod.name}` : pod.name;
    const button = element("button", "link", name);
    button.type = "button";
    button.title = "Why is it here?";
    button.addEventListener("click", () => explain(pod.namespace, pod.name));
    item.append(button);
    if (pod.gpus && pod.gpus.length) {
      const text = `GPU ${ranges(pod.gpus)}`;
      const gpus = element("small", "", pod.gpusKnown ? text : `${text} as planned`);
      if (!pod.gpusKnown) gpus.title = "The device plugin may have chosen others; Berth has not read it back.";
      item.append(gpus);
    }
    if (pod.gang) item.append(element("small", "", `gang ${pod.gang}${pod.rank >= 0 ? `, rank ${pod.rank}` : ""}`));
    return item;
  }

  function ranges(list) {
    const parts = [];
    for (let i = 0; i < list.length;) {
      let j = i;
      while (j + 1 < list.length && list[j + 1] === list[j] + 1) j++;
      parts.push(i === j ? `${list[i]}` : `${list[i]}–${list[j]}`);
      i = j + 1;
    }
    return parts.join(", ");
  }

  async function fetchPods(name) {
    try {
      const answer = await fetch(`v1/node?name=${encodeURIComponent(name)}`);
      if (!answer.ok || selected !== name) return;
      podsOf = await answer.json();
      if (selected === name) detail(false);
    } catch {
      // The state of the connection is told by the poll.
    }
  }

  async function explain(namespace, pod) {
    const box = element("div", "why");
    box.append(element("h4", "", `${namespace}/${pod}`));
    try {
      const answer = await fetch(`v1/why?namespace=${encodeURIComponent(namespace)}&pod=${encodeURIComponent(pod)}`);
      const why = await answer.json();
      if (!answer.ok) {
        box.append(element("p", "", why.error));
      } else {
        box.append(element("p", "", why.sentence));
        for (const [title, texts] of [["In the way", why.reasons], ["Would help", why.wouldHelp]]) {
          if (!texts.length) continue;
          box.append(element("h4", "", title));
          const list = element("ul");
          texts.forEach((text) => list.append(element("li", "", text)));
          box.append(list);
        }
        if (why.nodeName && byName.has(why.nodeName) && why.nodeName !== selected) {
          podsOf = null;
          select(byName.get(why.nodeName), true);
        }
      }
    } catch {
      box.append(element("p", "", "The server cannot be reached."));
    }
    const node = selected && byName.get(selected);
    whyOf = { node: node ? node.name : null, element: box };
    if (node) {
      detail(false);
    } else {
      $("detailTitle").textContent = "Pod";
      $("detailBody").replaceChildren(box);
    }
    $("detail").scrollIntoView({ block: "nearest", behavior: calm.matches ? "auto" : "smooth" });
  }

  // ---- who waits ----

  function waiting() {
    const shown = found && found.waiting ? found.waiting : view.waiting;
    const all = shown.pods + shown.gangs;
    $("waitingCount").textContent = all ? number(all) : "";
    const list = $("waiting");
    const at = list.scrollTop;
    const made = shown.first.map((one) => {
      const item = element("li");
      const line = element("div", "top");
      if (one.gang) {
        line.append(element("span", "", one.name));
      } else {
        const [namespace, ...rest] = one.name.split("/");
        const button = element("button", "link", one.name);
        button.type = "button";
        button.title = "Why does it wait?";
        button.addEventListener("click", () => explain(namespace, rest.join("/")));
        line.append(button);
      }
      if (one.gang) line.append(element("small", "", one.pods < one.minPods ? `${one.pods} of ${one.minPods} pods` : plural(one.pods, "pod")));
      if (one.priority) line.append(element("small", "", `priority ${number(one.priority)}`));
      line.append(element("small", "", lasting(Date.now() + clockAhead - one.sinceMillis)));
      item.append(line, element("p", "quiet", one.why));
      return item;
    });
    if (all > shown.first.length) made.push(element("li", "quiet", `and ${number(all - shown.first.length)} more`));
    if (all === 0) made.push(element("li", "quiet", found ? "Nobody of that name waits." : "Nobody waits."));
    list.replaceChildren(...made);
    list.scrollTop = at;
  }

  function lasting(millis) {
    const seconds = Math.max(0, Math.round(millis / 1000));
    if (seconds < 60) return `${seconds} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
    if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
    return plural(Math.floor(seconds / 86400), "day");
  }

  // ---- what is decided ----

  let fresh = [];
  let feedAsked = false;
  let lastSequence = -1;
  let epoch = null;

  function decided(decision) {
    if (decision.sequence <= lastSequence) return;
    lastSequence = decision.sequence;
    fresh.push(decision);
    if (fresh.length > FEED_MOST) fresh.shift();
    if (decision.nodeName && Date.now() + clockAhead - decision.millis < 10000) flashes.set(decision.nodeName, performance.now());
    if (feedAsked) return;
    feedAsked = true;
    requestAnimationFrame(() => {
      feedAsked = false;
      showFresh();
      if (view) drawOver();
      pollSoon();
    });
  }

  // Who, where, and what is said of it: "train/llama-3 on gpu-node-0012 (GPU 0–3): has a place".
  function story(decision) {
    const line = element("span");
    const add = (title, text, onClick) => {
      const button = element("button", "link", text);
      button.type = "button";
      button.title = title;
      button.addEventListener("click", onClick);
      line.append(button);
    };
    if (decision.pod) {
      const [namespace, ...rest] = decision.pod.split("/");
      add("Why?", decision.pod, () => explain(namespace, rest.join("/")));
    } else if (decision.gang) {
      line.append(decision.gang);
    }
    if (decision.nodeName) {
      line.append(decision.pod || decision.gang ? " on " : "");
      add("Show it", decision.nodeName, () => {
        const node = byName.get(decision.nodeName);
        if (node) select(node, true);
      });
    }
    if (decision.gpus.length) line.append(` (GPU ${ranges(decision.gpus)})`);
    line.append(line.childNodes.length ? `: ${decision.text}` : decision.text);
    return line;
  }

  function showFresh() {
    const list = $("feed");
    if (lastSequence >= 0) list.querySelector(".none")?.remove();
    const made = fresh.reverse().map((decision) => {
      const item = element("li");
      const when = new Date(decision.millis);
      const time = element("time", "", when.toLocaleTimeString("en-GB"));
      time.dateTime = when.toISOString();
      const known = Object.hasOwn(KINDS, decision.kind);
      item.append(time, element("span", known ? `kind ${decision.kind}` : "kind", `${known ? KINDS[decision.kind] : "·"} ${decision.kind}`));
      item.append(story(decision));
      return item;
    });
    fresh = [];
    // Who has scrolled down reads on where he is.
    const before = list.scrollHeight;
    const at = list.scrollTop;
    list.prepend(...made);
    while (list.children.length > FEED_MOST) list.lastChild.remove();
    if (at > 0) list.scrollTop = at + list.scrollHeight - before;
  }

  // ---- finding ----

  let matches = null;
  let found = null;
  let findTimer = 0;
  let findNumber = 0;

  function find() {
    clearTimeout(findTimer);
    const text = $("find").value.trim().toLowerCase();
    const mine = ++findNumber;
    if (!text) {
      matches = found = null;
      showFound();
      return;
    }
    matches = new Set(nodes.filter((node) => node.text.includes(text)).map((node) => node.name));
    showFound();
    findTimer = setTimeout(async () => {
      try {
        const answer = await fetch(`v1/find?text=${encodeURIComponent(text)}`);
        if (!answer.ok) return;
        const json = await answer.json();
        if (mine !== findNumber) return;
        found = json;
        matches = new Set(nodes.filter((node) => node.text.includes(text)).map((node) => node.name));
        json.nodes.forEach((name) => matches.add(name));
        showFound();
      } catch {
        // The state of the connection is told by the poll.
      }
    }, 150);
  }

  function showFound() {
    const parts = [];
    if (matches) {
      parts.push(plural([...matches].filter((name) => byName.has(name)).length, "node"));
      if (found) parts.push(plural(found.pods, "pod"));
      if (found && found.waiting.gangs + found.waiting.pods) parts.push(`${number(found.waiting.gangs + found.waiting.pods)} waiting`);
    }
    $("found").textContent = parts.length ? `Found: ${parts.join(", ")}` : "";
    if (view) {
      waiting();
      draw();
    }
  }

  function step(by) {
    const list = matches ? nodes.filter((node) => matches.has(node.name)) : nodes;
    if (!list.length) return;
    const at = list.findIndex((node) => node.name === selected);
    select(list[at < 0 ? (by > 0 ? 0 : list.length - 1) : (at + by + list.length) % list.length], true);
  }

  // ---- what comes from the server ----

  let source = null;
  let pollTimer = 0;
  let polledAt = -Infinity;
  let polling = false;
  let lost = false;
  let streaming = false;

  function state() {
    const is = lost ? "lost" : !view ? "wait" : !view.leading ? "idle" : "live";
    $("state").dataset.is = is;
    $("state").textContent = {
      lost: "no connection, trying again", wait: "connecting", idle: "does not lead", live: streaming ? "live" : "live, every 5 seconds",
    }[is];
    const follows = view && !view.leading && !lost;
    $("banner").hidden = !follows;
    if (follows) {
      $("banner").textContent = "This replica of Berth does not lead: it decides nothing, and what it shows is not what holds. The service's address leads to the one that does.";
    }
  }

  async function poll() {
    if (polling) return;
    polling = true;
    clearTimeout(pollTimer);
    try {
      const answer = await fetch("v1/view", { cache: "no-cache" });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const date = Date.parse(answer.headers.get("Date") ?? "");
      if (date) clockAhead = Math.abs(date - Date.now()) < 2000 ? 0 : date - Date.now();
      const now = answer.headers.get("ETag");
      if (!view || now === null || now !== tag) {
        const before = view;
        read(await answer.json());
        tag = now;
        show(before);
      } else {
        waiting();
      }
      lost = false;
    } catch {
      lost = true;
    }
    polling = false;
    polledAt = performance.now();
    state();
    if (!document.hidden) pollTimer = setTimeout(poll, POLL_MILLIS);
  }

  function pollSoon() {
    if (polling || document.hidden) return;
    clearTimeout(pollTimer);
    pollTimer = setTimeout(poll, Math.max(50, polledAt + LEAST_MILLIS - performance.now()));
  }

  function show(before) {
    totals();
    $("empty").hidden = nodes.length > 0;
    $("empty").textContent = view.leading ? "No node with GPUs is known." : "Only the leader knows what is held where.";
    $("map").setAttribute("aria-label", `Cluster map: ${plural(nodes.length, "node")} in ${plural(view.places.length, "place")}`);
    // The same nodes in the same places stay where they are drawn.
    const same = before && before.nodes.length === view.nodes.length && JSON.stringify(before.places) === JSON.stringify(view.places)
      && before.nodes.every((node, i) => node[0] === view.nodes[i][0] && node[1] === view.nodes[i][1] && before.held[node[4]].length === view.held[view.nodes[i][4]].length);
    if (same && groups.length) carryOver();
    else arrange();
    if ($("find").value.trim()) find();
    waiting();
    draw();
    if (selected) detail(true);
  }

  function carryOver() {
    for (const placed of layout.blocks) {
      placed.block.nodes = placed.block.nodes.map((old) => {
        const node = nodes[old.index];
        node.x = old.x;
        node.y = old.y;
        node.width = old.width;
        node.nameWidth = old.nameWidth;
        return node;
      });
    }
  }

  function listen() {
    if (source || !window.EventSource) return;
    source = new EventSource("v1/decisions");
    source.addEventListener("open", () => {
      streaming = true;
      state();
    });
    source.addEventListener("error", () => {
      streaming = false;
      state();
      // Refused for good, as when all streams are taken: the poll goes on, and this is tried again later.
      if (source && source.readyState === EventSource.CLOSED) {
        source = null;
        setTimeout(() => !document.hidden && listen(), 15000);
      }
    });
    source.addEventListener("decision", (event) => {
      // Another leader counts from the beginning.
      const from = event.lastEventId.split("-")[0];
      if (from !== epoch) lastSequence = -1;
      epoch = from;
      decided(JSON.parse(event.data));
    });
    source.addEventListener("gap", pollSoon);
  }

  function pause() {
    clearTimeout(pollTimer);
    if (source) source.close();
    source = null;
    streaming = false;
  }

  // ---- keys and pointer ----

  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  function onMapKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !nodes.length) return;
    const from = selected && byName.get(selected);
    if (ARROWS[event.key]) {
      const to = from ? neighbour(from, ...ARROWS[event.key]) : nodes[0];
      if (to) select(to, true);
    } else if (event.key === "Home") {
      select(nodes[0], true);
    } else if (event.key === "End") {
      select(nodes[nodes.length - 1], true);
    } else {
      return;
    }
    event.preventDefault();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      if ($("find").value) {
        $("find").value = "";
        find();
      } else if (document.activeElement === $("find")) {
        $("map").focus();
      } else if (selected) {
        selected = null;
        delete $("map").dataset.selected;
        $("detailTitle").textContent = "Node";
        $("detailBody").replaceChildren(element("p", "quiet", "No node is chosen."));
        drawOver();
      }
      return;
    }
    if (event.target instanceof HTMLInputElement) return;
    const action = {
      "/": () => $("find").select(), t: nextTheme, n: () => step(1), p: () => step(-1), "+": () => resize(1), "=": () => resize(1), "-": () => resize(-1),
    }[event.key];
    if (action) {
      event.preventDefault();
      action();
    }
  });

  function resize(by) {
    const to = layout.index + by;
    if (to < 0 || to >= SIZES.length) return;
    zoom += by;
    place();
  }

  $("map").addEventListener("keydown", onMapKey);
  $("map").addEventListener("scroll", () => draw(), { passive: true });
  $("base").addEventListener("pointermove", (event) => {
    const node = view && nodeAt(event);
    const name = node ? node.name : null;
    $("base").style.cursor = node ? "pointer" : "";
    showTip(node, event);
    if (name !== hovered) {
      hovered = name;
      drawOver();
    }
  });
  $("base").addEventListener("pointerleave", () => {
    hovered = null;
    tip.hidden = true;
    if (view) drawOver();
  });
  $("base").addEventListener("click", (event) => {
    const node = view && nodeAt(event);
    if (node) select(node, false);
  });
  $("smaller").addEventListener("click", () => resize(-1));
  $("larger").addEventListener("click", () => resize(1));
  $("theme").addEventListener("click", nextTheme);
  $("find").addEventListener("input", find);
  $("search").addEventListener("submit", (event) => {
    event.preventDefault();
    if (matches && matches.size) {
      step(1);
      $("map").focus();
    }
  });
  darkSystem.addEventListener("change", applyTheme);
  let resizeTimer = 0;
  let knownWidth = 0;
  new ResizeObserver(() => {
    const now = $("map").clientWidth;
    if (!view || now === knownWidth) return;
    knownWidth = now;
    clearTimeout(resizeTimer);
    resizeTimer = setTimeout(place, 60);
  }).observe($("map"));
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      pause();
    } else {
      poll();
      listen();
    }
  });

  applyTheme();
  poll();
  if (!document.hidden) listen();
})();

//! Instances that synchronise: at channels, locks and barriers, and for a connection to a peer.

use super::super::program::Op;
use super::instance::{On, State};
use super::objects::{Channel, Kind};
use super::operate::Next;
use super::{Event, Simulation};

impl Simulation<'_> {
    pub(super) fn synchronise(&mut self, slot: u32, op: Op) -> Next {
        match op {
            Op::Send { object } => self.send(slot, object),
            Op::Recv { object } | Op::Drain { object, .. } => self.receive(slot, object),
            Op::Lock { object } | Op::Permit { object } => self.acquire(slot, object),
            Op::Ipc { peers } => {
                let key = (self.instances[slot as usize].task, peers);
                self.acquire(slot, self.connections[&key])
            }
            Op::Barrier { object } => self.meet(slot, object),
            Op::Release => {
                if let Some(object) = self.instances[slot as usize].held.pop() {
                    self.release(object);
                }
                Next::Go
            }
            _ => Next::Go,
        }
    }

    fn acquire(&mut self, slot: u32, object: u16) -> Next {
        let Kind::Lock { free, blocks } = &mut self.objects[usize::from(object)].kind else { return Next::Go };
        if *free > 0 {
            *free -= 1;
            self.instances[slot as usize].held.push(object);
            return Next::Go;
        }
        let holds = *blocks || self.holds_thread(slot);
        self.objects[usize::from(object)].waiting.push_back(slot);
        self.wait(slot, On::Object(object), holds);
        Next::Stop
    }

    /// Gives a permit to the instance that has waited longest.
    pub(super) fn release(&mut self, object: u16) {
        if let Some(next) = self.next_waiting(object) {
            self.instances[next as usize].held.push(object);
            return self.wake(next);
        }
        if let Kind::Lock { free, .. } = &mut self.objects[usize::from(object)].kind {
            *free += 1;
        }
    }

    fn meet(&mut self, slot: u32, object: u16) -> Next {
        let Kind::Barrier { parties, arrived } = &mut self.objects[usize::from(object)].kind else { return Next::Go };
        *arrived += 1;
        if *arrived >= *parties {
            *arrived = 0;
            while let Some(other) = self.next_waiting(object) {
                self.wake(other);
            }
            return Next::Go;
        }
        self.objects[usize::from(object)].waiting.push_back(slot);
        let holds = self.holds_thread(slot);
        self.wait(slot, On::Object(object), holds);
        Next::Stop
    }

    fn send(&mut self, slot: u32, object: u16) -> Next {
        if let Some(receiver) = self.next_waiting(object) {
            self.wake(receiver);
            return Next::Go;
        }
        let holds = self.holds_thread(slot);
        let Some(channel) = self.channel(object) else { return Next::Go };
        if channel.receivers == 0 {
            self.instances[slot as usize].is_cancelled = true;
            return Next::Go;
        }
        if channel.messages < channel.capacity {
            channel.messages += 1;
            return Next::Go;
        }
        channel.senders.push_back(slot);
        self.wait(slot, On::Room(object), holds);
        Next::Stop
    }

    fn receive(&mut self, slot: u32, object: u16) -> Next {
        let sender = self.next_sender(object);
        let Some(channel) = self.channel(object) else { return Next::Go };
        let has_message = channel.messages > 0 || sender.is_some();
        if sender.is_none() {
            channel.messages = channel.messages.saturating_sub(1);
        }
        let is_closed = channel.open == 0;
        if has_message {
            if let Some(sender) = sender {
                self.wake(sender);
            }
            return Next::Go;
        }
        if is_closed {
            self.find_closed(slot);
            return Next::Go;
        }
        let holds = self.holds_thread(slot);
        self.objects[usize::from(object)].waiting.push_back(slot);
        self.wait(slot, On::Object(object), holds);
        Next::Stop
    }

    /// An instance finds its channel closed: a `drain` is over, and a `recv` fails.
    fn find_closed(&mut self, slot: u32) {
        let instance = &mut self.instances[slot as usize];
        let ops = &self.point.tasks[usize::from(instance.task)].program.ops;
        match ops[usize::from(instance.pc) - 1].op {
            Op::Drain { end, .. } => instance.pc = end,
            _ => instance.is_cancelled = true,
        }
    }

    /// `count` further instances of a task will never send or receive again.
    pub(super) fn no_more_of(&mut self, task: u16, count: u64) {
        for object in self.channels_of(task, Op::sends_to) {
            let Some(channel) = self.channel(object) else { continue };
            channel.open = channel.open.saturating_sub(count);
            if channel.open == 0 {
                self.close(object);
            }
        }
        for object in self.channels_of(task, Op::takes_from) {
            let Some(channel) = self.channel(object) else { continue };
            channel.receivers = channel.receivers.saturating_sub(count);
            if channel.receivers == 0 {
                self.fail_senders(object);
            }
        }
    }

    /// The channels that the program of a task uses so, each once.
    fn channels_of(&self, task: u16, object: fn(Op) -> Option<u16>) -> Vec<u16> {
        let ops = &self.point.tasks[usize::from(task)].program.ops;
        let mut channels: Vec<u16> = ops.iter().filter_map(|op| object(op.op)).collect();
        channels.sort_unstable();
        channels.dedup();
        channels
    }

    /// No instance will receive what these want to send.
    fn fail_senders(&mut self, object: u16) -> bool {
        let mut wakes = false;
        while let Some(sender) = self.next_sender(object) {
            self.instances[sender as usize].is_cancelled = true;
            self.wake(sender);
            wakes = true;
        }
        wakes
    }

    /// Closes the channels whose senders have all ended or never came; says whether that wakes an instance.
    pub(super) fn close_idle_channels(&mut self) -> bool {
        let mut wakes = false;
        for object in 0..self.objects.len() as u16 {
            let is_live = |state| !matches!(state, State::Unborn | State::Ended);
            let is_used = |uses: fn(Op) -> Option<u16>| {
                let by = |task: u16| {
                    let ops = &self.point.tasks[usize::from(task)].program.ops;
                    ops.iter().any(|op| uses(op.op) == Some(object))
                };
                self.instances.iter().any(|instance| is_live(instance.state) && by(instance.task))
            };
            let (is_open, has_receivers) = (is_used(Op::sends_to), is_used(Op::takes_from));
            let Some(channel) = self.channel(object) else { continue };
            if !is_open && channel.open > 0 {
                channel.open = 0;
                wakes |= self.close(object);
            } else if !has_receivers && channel.receivers > 0 {
                channel.receivers = 0;
                wakes |= self.fail_senders(object);
            }
        }
        wakes
    }

    fn close(&mut self, object: u16) -> bool {
        let mut wakes = false;
        while let Some(receiver) = self.next_waiting(object) {
            self.find_closed(receiver);
            self.wake(receiver);
            wakes = true;
        }
        wakes
    }

    fn channel(&mut self, object: u16) -> Option<&mut Channel> {
        let Kind::Channel(channel) = &mut self.objects[usize::from(object)].kind else { return None };
        Some(channel)
    }

    fn next_waiting(&mut self, object: u16) -> Option<u32> {
        loop {
            let slot = self.objects[usize::from(object)].waiting.pop_front()?;
            if self.instances[slot as usize].is_waiting_on(On::Object(object)) {
                return Some(slot);
            }
        }
    }

    fn next_sender(&mut self, object: u16) -> Option<u32> {
        loop {
            let slot = self.channel(object)?.senders.pop_front()?;
            if self.instances[slot as usize].is_waiting_on(On::Room(object)) {
                return Some(slot);
            }
        }
    }

    /// Wakes an instance that another instance lets go on. A thread that waits is woken by the kernel.
    pub(super) fn wake(&mut self, slot: u32) {
        if !self.instances[slot as usize].seated {
            return self.queue(slot);
        }
        let instance = &mut self.instances[slot as usize];
        instance.state = State::Running;
        instance.turn += 1;
        let (event, since) = (Event::Over(slot, instance.turn), instance.waits_since);
        let wake_ns = self.wake_ns(since);
        self.at(self.now.saturating_add(wake_ns), event);
    }
}

const now = document.querySelector('#now')

function tick() {
  now.textContent = new Date().toLocaleTimeString()
}

tick()
setInterval(tick, 1000)

console.log("never read";
